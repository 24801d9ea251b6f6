"""Bodies that are no JSON, or none that a program can hold. All keep within what SQS accepts."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Final

from reclaim.local.outage.drafts import Draft, render

NESTED_CHARACTERS: Final = 100_000
"""Deep enough to break a parser, small enough to share a batch with nine others."""

_HUGE_DIGITS: Final = 10_000


def malformed(draft: Draft, rng: Random, turn: int) -> str:
    """A body that cannot be parsed; `turn` says in which way. Only one turn in an outage is large."""
    if turn == _NESTED_TURN:
        return _nested(draft)
    return _MALFORMED[turn % len(_MALFORMED)](draft, rng)


def _truncated(draft: Draft, rng: Random) -> str:
    body = render(draft.payload())
    # Past the event's ID, so that no two are alike.
    return body[: rng.randrange(body.index(draft.event_id) + len(draft.event_id), len(body))]


def _lone_surrogate(draft: Draft, _rng: Random) -> str:
    return _with_rendered_name(draft, '"Acme \\ud800 Staffing"')


def _huge_number(draft: Draft, rng: Random) -> str:
    return _with_rendered_rate(draft, str(rng.randint(1, 9)) + "0" * (_HUGE_DIGITS - 1))


def _log_line(draft: Draft, rng: Random) -> str:
    return f"[ERROR] {rng.getrandbits(64):016x} KeyError: 'tracking_id' while handling {draft.event_id}"


def _not_a_number(draft: Draft, _rng: Random) -> str:
    return _with_rendered_rate(draft, "NaN")


def _python_literal(draft: Draft, _rng: Random) -> str:
    return str(draft.payload())


def _nested(draft: Draft) -> str:
    opening = f'{{"event_id":"{draft.event_id}","client":'
    return opening + "[" * (NESTED_CHARACTERS - len(opening))


def _with_rendered_name(draft: Draft, name: str) -> str:
    payload = draft.payload()
    payload["client"]["name"] = "(name)"
    return render(payload).replace('"(name)"', name)


def _with_rendered_rate(draft: Draft, rate: str) -> str:
    billing = f'"rate_minor":{draft.profile.rate_minor}'
    return render(draft.payload()).replace(billing, f'"rate_minor":{rate}')


_MALFORMED: Final[tuple[Callable[[Draft, Random], str], ...]] = (
    _truncated,
    _lone_surrogate,
    _huge_number,
    _log_line,
    _not_a_number,
    _python_literal,
)
_NESTED_TURN: Final = 4
