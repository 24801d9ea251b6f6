"""Outages of contracts that have only their sample events."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from reclaim.contracts.contract import Contract, SampleEvent
from reclaim.contracts.reading import read_event
from reclaim.local.outage import MessageKind, Outage, plan_outage, truth_of
from reclaim.model.errors import ExitCode, SettingsError
from reclaim.model.event import Event, Rejection


def test_every_kind_occurs_and_no_two_bodies_or_event_ids_are_alike(example_outage: Outage) -> None:
    events = [read_event(message.body, example_outage.contract) for message in example_outage.messages]
    ids = [event.event_id for event in events if isinstance(event, Event)]

    assert set(example_outage.kinds) == set(MessageKind)
    assert len({message.body_sha256 for message in example_outage.messages}) == len(example_outage.messages)
    assert len(set(ids)) == len(ids)


def test_the_same_arguments_plan_the_same_and_another_seed_shares_nothing(example: Contract) -> None:
    one, again, other = (plan_outage(300, seed, contract=example) for seed in (7, 7, 8))

    assert one == again
    assert not {m.body for m in one.messages} & {m.body for m in other.messages}
    assert not {r["_id"] for r in one.records} & {r["_id"] for r in other.records}


def test_each_field_of_the_model_is_violated_in_each_way(example_outage: Outage) -> None:
    details: defaultdict[str, set[str]] = defaultdict(set)
    for message in example_outage.messages:
        if message.kind is MessageKind.SCHEMA_VIOLATION:
            reading = read_event(message.body, example_outage.contract)
            assert isinstance(reading, Rejection)
            field, _, problem = reading.detail.partition(": ")
            details[field].add(problem)

    assert set(details) == set(example_outage.contract.event_fields)
    assert all("Field required" in details[field] for field in details if field != "data.order_token")
    assert "Input should be a valid string" in details["data.total"]


def test_a_conflict_is_with_what_mongodb_holds_so_that_no_order_of_arrival_changes_the_money(
    example_outage: Outage,
) -> None:
    held = {record["_id"]: record for record in example_outage.records}
    conflicts = [m for m in example_outage.messages if m.kind is MessageKind.RECORD_CONFLICT]

    assert conflicts
    for message in conflicts:
        said = json.loads(message.body)["data"]
        record = held[said["order_no"]]
        assert (said["total"], said["currency"]) != (record["total"], record["currency"])


def test_records_that_are_there_beforehand_lack_their_identity_in_every_way(example_outage: Outage) -> None:
    lacking = {record.get("order_token", "(absent)") or record["order_token"] for record in example_outage.records}

    assert {None, "", "(absent)"} <= lacking
    assert set(example_outage.records[0]) == {
        "_id",
        "buyer",
        "total",
        "currency",
        "order_token",
        "created_at",
        "source_event_id",
    }


def test_the_truth_says_what_the_recovered_records_are_worth_and_nothing_of_revenue(example_outage: Outage) -> None:
    truth = truth_of(example_outage)

    assert "revenue" not in truth
    assert truth["staged"] == {"orders": len(example_outage.records)}
    assert sum(money["records"] for money in truth["money"].values()) == truth["counts"]["recovered"]
    assert (example_outage.applications, example_outage.charges) == ((), ())


def test_a_contract_whose_events_need_not_agree_has_no_conflicts(example: Contract) -> None:
    outage = plan_outage(200, 1, contract=replace(example, must_agree=()))

    assert MessageKind.RECORD_CONFLICT not in outage.kinds
    assert len(outage.messages) == 200


def _same_key(_rng: Random, number: int) -> dict[str, Any]:
    return _with_data(number, order_no="A-1")


def _same_total(_rng: Random, number: int) -> dict[str, Any]:
    return _with_data(number)


def _number_as_total(_rng: Random, number: int) -> dict[str, Any]:
    return _with_data(number, total=129.9)


def _with_data(number: int, **changes: Any) -> dict[str, Any]:  # noqa: ANN401
    data = {"order_no": f"A-{number}", "buyer": "B", "total": "1.00", "currency": "EUR"} | changes
    return {"type": "order.created", "dataversion": 2, "id": f"e{number}", "time": "2026-11-20T08:00:00Z", "data": data}


@pytest.mark.parametrize(
    ("sample_event", "problem"),
    [
        (None, "has no sample_event, so no outage of it can be staged"),
        (_same_key, "makes two events of order A-1"),
        (_same_total, "never makes two events that disagree in a field of must_agree"),
        (_number_as_total, "makes an event that cannot be used: data.total: Input should be a valid string"),
    ],
)
def test_samples_that_are_of_no_use_are_one_clear_sentence(
    example: Contract,
    sample_event: SampleEvent | None,
    problem: str,
) -> None:
    with pytest.raises(SettingsError, match=problem) as caught:
        plan_outage(200, 1, contract=replace(example, sample_event=sample_event))

    assert caught.value.exit_code is ExitCode.USAGE
