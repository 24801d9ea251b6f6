"""I3, I4: whatever the order and the batches, each record has one identity, and what was written first stands."""

from __future__ import annotations

import json
from collections import Counter
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from reclaim.model.ledger import LedgerEntry
from reclaim.model.message import Message
from reclaim.model.outcome import Cause, Outcome
from reclaim.model.record import Record
from tests.bench import Bench
from tests.builders import RUN, a_body, a_message, a_record, derived

CARRIED = derived("what the client service used")
NAMES = ("Acme Staffing", "Beta Talent", "Crew & Co")
RECORDS = ("cl_1", "cl_2", "cl_3")
BROKEN = "{"
THERE = (a_record("cl_1", identity=None), a_record("cl_3"))
"""Records that may have been there before: one without its identity, one with it."""


class Arrival(NamedTuple):
    """One run: what was there before it, and the batches in which its messages came."""

    there: list[Record]
    batches: list[list[Message]]

    @property
    def messages(self) -> list[Message]:
        return [message for batch in self.batches for message in batch]


@st.composite
def arrivals(draw: st.DrawFn) -> Arrival:
    """Up to eight messages about three records, some of them no events, in some order, cut into batches."""
    messages = [a_message(_body(draw), f"m-{number}") for number in range(draw(st.integers(1, 8)))]
    order = draw(st.permutations(messages))
    cuts = sorted(draw(st.sets(st.integers(1, max(1, len(order) - 1)))))
    batches = [order[start:end] for start, end in zip([0, *cuts], [*cuts, len(order)], strict=True)]
    there = draw(st.lists(st.sampled_from(THERE), unique_by=lambda record: record.record_key))
    return Arrival(there, batches)


def _body(draw: st.DrawFn) -> str:
    if draw(st.integers(0, 9)) == 0:
        return BROKEN
    return a_body(
        draw(st.sampled_from(RECORDS)),
        second=draw(st.integers(0, 3)),
        name=draw(st.sampled_from(NAMES)),
        country=draw(st.sampled_from(["US", "DE"])),
        billing={"model": "cpa", "rate_minor": draw(st.sampled_from([1250, 900])), "currency": "USD"},
        tracking_id=draw(st.sampled_from([None, None, "", CARRIED])),
    )


@given(arrivals())
@settings(max_examples=100, deadline=None)
def test_every_message_has_one_outcome_and_the_counts_balance(arrival: Arrival) -> None:
    bench = drained(arrival)

    outcomes = [outcome for outcome, _ in bench.outcomes(one.message_id for one in arrival.messages).values()]
    assert len(outcomes) == len(arrival.messages)
    assert all(outcome and outcome.is_final for outcome in outcomes)
    counted: Counter[Outcome | None] = Counter()
    for (outcome, _), count in bench.ledger.count(RUN).items():
        counted[outcome] += count
    assert counted == Counter(outcomes)


@given(arrivals())
@settings(max_examples=100, deadline=None)
def test_what_was_written_first_stands_with_its_identity_and_what_was_settled_stays_settled(arrival: Arrival) -> None:
    bench = bench_with(arrival.there)
    records: dict[str, Record] = {}
    settled: dict[str, LedgerEntry] = {}
    for number, batch in enumerate(arrival.batches):
        bench.deliver(batch, f"d-{number}")
        for held in bench.records.all():
            before = records.get(held.record_key, held)
            assert held.fields == before.fields
            assert before.identity in (None, held.identity)
        assert bench.ledger.find(list(settled)) == settled
        records = {one.record_key: one for one in bench.records.all()}
        settled |= bench.ledger.find([message.message_id for message in batch])

    identities = [one.identity for one in records.values() if one.identity]
    assert len(set(identities)) == len(identities)
    for message in arrival.messages:
        assert_fits(settled[message.message_id], records, message)


def assert_fits(entry: LedgerEntry, records: dict[str, Record], message: Message) -> None:
    """The outcome of a message is what the record that stands says of it."""
    if message.body == BROKEN:
        assert entry.cause is Cause.MALFORMED_JSON
        return
    said = json.loads(message.body)["client"]
    record = records.get(said["client_id"])
    if entry.cause is Cause.ID_CONFLICT:
        # The identity that it carries belongs to another record, or its record has another one.
        assert said["tracking_id"] == CARRIED
        assert record is None or record.identity != CARRIED
        return
    assert record
    if any(said[part] != record.fields[part] for part in ("name", "billing")):
        assert entry.cause is Cause.RECORD_CONFLICT
    else:
        assert record.identity
        assert entry.outcome in (Outcome.RECOVERED, Outcome.DUPLICATE)
        brought = record.recovery is not None and record.recovery.message_id == message.message_id
        assert brought is (entry.outcome is Outcome.RECOVERED)


@given(arrivals())
@settings(max_examples=60, deadline=None)
def test_in_one_batch_the_order_of_arrival_changes_nothing(arrival: Arrival) -> None:
    as_they_came = drained(Arrival(arrival.there, [arrival.messages]))
    sorted_by_id = drained(Arrival(arrival.there, [sorted(arrival.messages, key=lambda one: one.message_id)]))

    assert state_of(as_they_came, arrival.messages) == state_of(sorted_by_id, arrival.messages)


@given(arrivals(), st.data())
@settings(max_examples=60, deadline=None)
def test_messages_that_are_delivered_again_change_nothing(arrival: Arrival, data: st.DataObject) -> None:
    bench = drained(arrival)
    before = state_of(bench, arrival.messages)
    again = data.draw(st.lists(st.sampled_from(arrival.messages), min_size=1, unique_by=lambda one: one.message_id))

    bench.deliver(again, "again", "run-2")

    assert state_of(bench, arrival.messages) == before
    assert bench.ledger.count("run-2") == {}


def bench_with(there: list[Record]) -> Bench:
    bench = Bench()
    for record in there:
        bench.records.put(record)
    return bench


def drained(arrival: Arrival) -> Bench:
    bench = bench_with(arrival.there)
    for number, batch in enumerate(arrival.batches):
        bench.deliver(batch, f"d-{number}")
    return bench


def state_of(bench: Bench, messages: list[Message]) -> object:
    """Every record, and every message's outcome and cause."""
    records = {record.record_key: record for record in bench.records.all()}
    return bench.outcomes(message.message_id for message in messages), records
