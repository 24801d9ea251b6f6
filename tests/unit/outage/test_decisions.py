"""The truth against the rules: the decisions must come to it, in whatever order messages arrive."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, datetime
from random import Random

import pytest

from reclaim.contracts.documents import record_of
from reclaim.local.outage import Outage
from reclaim.model.batched import batched
from reclaim.model.message import Message
from reclaim.model.outcome import Cause, Outcome
from reclaim.recovery.decisions import DecisionEngine, Known, read_cases

_NOW = datetime(2026, 11, 21, tzinfo=UTC)

Decided = tuple[Outcome, Cause]


@pytest.mark.parametrize("batch_size", [1, 50, 3000])
@pytest.mark.parametrize("order", range(3))
def test_a_complete_recovery_comes_to_the_truth_in_any_order(any_outage: Outage, batch_size: int, order: int) -> None:
    messages = _messages(any_outage)
    Random(order).shuffle(messages)  # noqa: S311  (repeatable, not secret)

    found = _recover(any_outage, messages, batch_size)

    assert _by_record(any_outage, found) == _by_record(any_outage, _truth(any_outage))


def test_in_the_order_of_events_each_message_gets_the_outcome_that_the_truth_names(any_outage: Outage) -> None:
    found = _recover(any_outage, _messages(any_outage), len(any_outage.messages))

    assert found == _truth(any_outage)


def _truth(outage: Outage) -> dict[str, Decided]:
    return {f"m{n}": (message.outcome, message.cause) for n, message in enumerate(outage.messages)}


def _by_record(outage: Outage, decided: dict[str, Decided]) -> dict[str, Counter[Decided]]:
    """What became of each record's messages: of two that disagree, the first to be written stands."""
    found: defaultdict[str, Counter[Decided]] = defaultdict(Counter)
    for n, message in enumerate(outage.messages):
        found[message.record_key or f"m{n}"][decided[f"m{n}"]] += 1
    return dict(found)


def _recover(outage: Outage, messages: list[Message], size: int) -> dict[str, Decided]:
    contract = outage.contract
    records = {document["_id"]: record_of(document, contract) for document in outage.records}
    owners = {record.identity: key for key, record in records.items() if record.identity}
    decided: dict[str, Decided] = {}
    engine = DecisionEngine(contract, b"k" * 32, "run_1", _NOW)
    for part in batched(messages, size):
        for decision in engine.decide(read_cases(part, contract), Known(records, owners)):
            decided[decision.message_id] = (decision.outcome, decision.cause)
            if decision.write:
                record = decision.write.record
                records[record.record_key] = record
                owners[record.identity or ""] = record.record_key
    return decided


def _messages(outage: Outage) -> list[Message]:
    return [Message(f"m{n}", f"r{n}", message.body, _NOW, _NOW) for n, message in enumerate(outage.messages)]
