"""The steps of a message, and of every message of a record."""

from __future__ import annotations

import json
from datetime import timedelta
from itertools import pairwise

from reclaim.adapters.memory.ledger import MemoryLedger
from reclaim.adapters.memory.records import MemoryRecords
from reclaim.reports.trace import Trace, reached_steps, trace
from tests.builders import CONTRACT, a_creation, a_delivery, a_message, a_settlement, at, derived


def found(identifier: str) -> Trace | None:
    """What is known of `identifier` where a message brought record cl_1."""
    ledger = MemoryLedger()
    records = MemoryRecords(CONTRACT, ledger)
    ledger.record([a_message(message_id="m-1")], a_delivery(), at(0))
    records.write([a_creation("cl_1", "m-1")])
    ledger.settle([a_settlement("m-1")], a_delivery(), at(3))
    return trace(identifier, CONTRACT, ledger, records)


def test_a_message_and_its_record_lead_to_the_same_trace() -> None:
    by_message, by_record = found("m-1"), found("cl_1")

    assert by_message == by_record
    assert by_message is not None
    assert [entry.message_id for entry in by_message.entries] == ["m-1"]
    assert by_message.record is not None


def test_nothing_is_known_of_another_id() -> None:
    assert found("cl_2") is None


def test_json_has_the_record_with_the_fields_of_its_contract_and_no_body() -> None:
    known = found("m-1")
    assert known is not None
    dumped = json.loads(json.dumps(known.as_dict(), default=str))

    record = dumped["record"]
    assert (record["record_key"], record["identity"]) == ("cl_1", derived("cl_1"))
    assert record.keys() == {"record_key", "identity", "created_at", "recovery", *CONTRACT.document}
    assert record["billing"]["rate_minor"] == 1250
    (message,) = dumped["messages"]
    assert (message["message_id"], message["record_key"], message["outcome"]) == ("m-1", "cl_1", "recovered")
    assert "body" not in message


def test_steps_are_in_their_order_with_the_time_since_the_step_before() -> None:
    known = found("m-1")
    assert known is not None
    steps = reached_steps(known.entries[0])

    assert [step for step, _, _ in steps] == ["sent", "received", "recorded", "decided", "written", "settled"]
    assert steps[0][2] == 0
    assert [timedelta(milliseconds=gap) for _, _, gap in steps[1:]] == [
        after[1] - before[1] for before, after in pairwise(steps)
    ]
