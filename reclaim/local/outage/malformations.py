"""Bodies that are not JSON, or not JSON that a program can hold. All keep within what SQS accepts."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Final

from reclaim.contracts.contract import Contract, value_at
from reclaim.local.outage.envelopes import identity_name
from reclaim.local.outage.events import Payload, put, render

NESTED_CHARACTERS: Final = 100_000
"""Deep enough to break a parser, small enough to share a batch with nine others."""

_HUGE_DIGITS: Final = 10_000
_NESTED_TURN: Final = 4
_PLACEHOLDER: Final = "(placeholder)"


def malformed(payload: Payload, contract: Contract, rng: Random, turn: int) -> str:
    """A body that cannot be parsed; `turn` says in which way. Only one turn in an outage is large."""
    if turn == _NESTED_TURN:
        return _nested(payload, contract)
    return _WAYS[turn % len(_WAYS)](payload, contract, rng)


def _truncated(payload: Payload, contract: Contract, rng: Random) -> str:
    body, event_id = render(payload), str(value_at(payload, contract.event_id))
    # Past the event's ID, so that no two are alike.
    return body[: rng.randrange(body.index(event_id) + len(event_id), len(body))]


def _lone_surrogate(payload: Payload, contract: Contract, _rng: Random) -> str:
    texts = [leaf.event_path for leaf in contract.document_fields if leaf.kind.name == "text"]
    return _with_text_at(payload, next(iter(texts), contract.record_key), '"Acme \\ud800 Staffing"')


def _huge_number(payload: Payload, contract: Contract, rng: Random) -> str:
    return _with_text_at(payload, _number_path(contract), str(rng.randint(1, 9)) + "0" * (_HUGE_DIGITS - 1))


def _log_line(payload: Payload, contract: Contract, rng: Random) -> str:
    event_id = value_at(payload, contract.event_id)
    return f"[ERROR] {rng.getrandbits(64):016x} KeyError: '{identity_name(contract)}' while handling {event_id}"


def _not_a_number(payload: Payload, contract: Contract, _rng: Random) -> str:
    return _with_text_at(payload, _number_path(contract), "NaN")


def _python_literal(payload: Payload, _contract: Contract, _rng: Random) -> str:
    return str(payload)


def _nested(payload: Payload, contract: Contract) -> str:
    outer = contract.record_key.partition(".")[0]
    opening = f'{{"{contract.event_id}":"{value_at(payload, contract.event_id)}","{outer}":'
    return opening + "[" * (NESTED_CHARACTERS - len(opening))


def _number_path(contract: Contract) -> str:
    return contract.money.amount if contract.money else contract.record_key


def _with_text_at(payload: Payload, path: str, text: str) -> str:
    """The event with `text` where a JSON value belongs."""
    put(payload, path, _PLACEHOLDER)
    return render(payload).replace(f'"{_PLACEHOLDER}"', text)


_WAYS: Final[tuple[Callable[[Payload, Contract, Random], str], ...]] = (
    _truncated,
    _lone_surrogate,
    _huge_number,
    _log_line,
    _not_a_number,
    _python_literal,
)
