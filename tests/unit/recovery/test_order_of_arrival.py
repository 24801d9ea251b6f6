"""I3: in whatever order, in whatever batches the events of a client arrive within one run, the result is the same.

The earliest event is the client; whatever agrees with it is a duplicate, whatever does not is quarantined.

One exception is meant (I4): an ID that is there is never changed. So where the events of one client *want different
IDs*, because one carries an ID that is not the derived one, or where events of two clients carry the same ID, whoever
arrives first decides the ID. What holds all the same is in `test_mixed_ids_…` below.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reclaim.model.identity import derive_identity
from reclaim.model.message import Message
from reclaim.model.outcome import Cause, Outcome
from reclaim.model.record import Record
from tests.bench import Bench
from tests.builders import KEY, RUN, a_body, a_message, a_record

CARRIED = derive_identity("what the client service used", KEY)
NAMES = ("Acme Staffing", "Beta Talent", "Crew & Co")
CLIENTS = ("cl_1", "cl_2", "cl_3")
THERE = (a_record("cl_1", identity=None), a_record("cl_3"))
"""Clients that may have been there before: one without its ID, one with it."""


@st.composite
def letters_of_few_clients(draw: st.DrawFn) -> list[Message]:
    """Up to seven events of three clients. Those of one client want one ID: carried by all, or derived."""
    messages = []
    for number in range(draw(st.integers(1, 7))):
        record_key = draw(st.sampled_from(CLIENTS))
        own = derive_identity(record_key, KEY)
        # The second client's events all carry an ID of somebody else's making; the others' none, or just the derived.
        wanted = CARRIED if record_key == "cl_2" else draw(st.sampled_from([None, "", own]))
        body = a_body(
            record_key,
            second=draw(st.integers(0, 3)),
            name=draw(st.sampled_from(NAMES)),
            country=draw(st.sampled_from(["US", "DE"])),
            billing={"model": "cpa", "rate_minor": draw(st.sampled_from([1250, 900])), "currency": "USD"},
            tracking_id=wanted,
        )
        messages.append(a_message(body, f"m-{number}"))
    return messages


@st.composite
def arrivals(draw: st.DrawFn, messages: st.SearchStrategy[list[Message]]) -> list[list[Message]]:
    """The messages in some order, cut into batches."""
    order = draw(messages.flatmap(st.permutations))
    cuts = sorted(draw(st.sets(st.integers(1, max(1, len(order) - 1)))))
    return [order[start:end] for start, end in zip([0, *cuts], [*cuts, len(order)], strict=True)]


@given(arrivals(letters_of_few_clients()), st.lists(st.sampled_from(THERE), unique_by=id))
@settings(max_examples=300, deadline=None)
def test_order_and_batches_change_nothing_in_the_result(batches: list[list[Message]], there: list[Record]) -> None:
    messages = [message for batch in batches for message in batch]

    expected = result_of([sorted(messages, key=lambda message: message.message_id)], there)

    assert result_of(batches, there) == expected


@given(arrivals(letters_of_few_clients()))
@settings(max_examples=100, deadline=None)
def test_the_earliest_event_is_the_client_and_the_others_agree_or_not(batches: list[list[Message]]) -> None:
    outcomes, records = result_of(batches, [])

    by_client: dict[str, list[tuple[Any, str, dict[str, Any]]]] = {}
    for message in (message for batch in batches for message in batch):
        said = _said(message)
        by_client.setdefault(said["client"]["client_id"], []).append((said["occurred_at"], message.message_id, said))
    for record_key, events in by_client.items():
        (_, first, earliest), *others = sorted(events, key=lambda event: event[:2])
        assert outcomes[first][0] is Outcome.RECOVERED
        assert records[record_key].name == earliest["client"]["name"]
        assert records[record_key].country == earliest["client"]["country"]
        for _, message_id, said in others:
            agrees = all(said["client"][part] == earliest["client"][part] for part in ("name", "billing"))
            assert outcomes[message_id][0] is (Outcome.DUPLICATE if agrees else Outcome.QUARANTINED)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_who_agreed_with_a_displaced_event_is_judged_by_the_one_that_took_its_place(order: Sequence[int]) -> None:
    messages = [
        a_message(a_body(second=0, name="Acme Staffing"), "m-0"),
        a_message(a_body(second=1, name="Beta Talent"), "m-1"),
        a_message(a_body(second=2, name="Beta Talent"), "m-2"),
    ]

    outcomes, _ = result_of([[messages[number]] for number in order], [])

    assert outcomes == {
        "m-0": (Outcome.RECOVERED, Cause.MISSING_ID),
        "m-1": (Outcome.QUARANTINED, Cause.RECORD_CONFLICT),
        "m-2": (Outcome.QUARANTINED, Cause.RECORD_CONFLICT),
    }


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_who_disagreed_with_a_displaced_event_may_agree_with_the_one_that_took_its_place(order: Sequence[int]) -> None:
    messages = [
        a_message(a_body(second=0, name="Acme Staffing"), "m-0"),
        a_message(a_body(second=1, name="Beta Talent"), "m-1"),
        a_message(a_body(second=2, name="Acme Staffing"), "m-2"),
    ]

    outcomes, _ = result_of([[messages[number]] for number in order], [])

    assert [outcomes[f"m-{number}"][0] for number in range(3)] == [
        Outcome.RECOVERED,
        Outcome.QUARANTINED,
        Outcome.DUPLICATE,
    ]


def test_a_run_that_gave_its_account_is_not_overruled_by_an_earlier_event() -> None:
    bench = Bench()
    bench.queue.send(a_body(second=5, name="Beta Talent"))
    bench.run("run-1")
    bench.queue.send(a_body(second=0, name="Acme Staffing"))
    bench.run("run-2")

    (record,) = bench.records.all()
    assert record.name == "Beta Talent"
    assert bench.ledger.count("run-1") == {(Outcome.RECOVERED, Cause.MISSING_ID): 1}
    assert bench.ledger.count("run-2") == {(Outcome.QUARANTINED, Cause.RECORD_CONFLICT): 1}


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        # The later event carries an ID: in order, the derived one is there first and the carried one is refused.
        (None, CARRIED, {"m-0": Outcome.RECOVERED, "m-1": Outcome.QUARANTINED}),
        (CARRIED, None, {"m-0": Outcome.RECOVERED, "m-1": Outcome.DUPLICATE}),
    ],
)
def test_mixed_ids_in_one_batch_are_judged_by_age(
    first: str | None, second: str | None, expected: dict[str, Outcome]
) -> None:
    messages = [
        a_message(a_body(second=0, tracking_id=first), "m-0"),
        a_message(a_body(second=1, tracking_id=second), "m-1"),
    ]

    outcomes, _ = result_of([list(reversed(messages))], [])

    assert {one: outcome for one, (outcome, _) in outcomes.items()} == expected


@given(
    arrivals(
        st.lists(st.sampled_from([None, CARRIED]), min_size=2, max_size=4).map(
            lambda ids: [a_message(a_body(second=n, tracking_id=one), f"m-{n}") for n, one in enumerate(ids)]
        )
    )
)
@settings(max_examples=60, deadline=None)
def test_mixed_ids_in_any_order_leave_one_id_that_nobody_changed(batches: list[list[Message]]) -> None:
    bench = Bench()
    bench.open(RUN)
    seen = set()
    for number, batch in enumerate(batches):
        bench.deliver(batch, f"d-{number}")
        seen.add(bench.records.find(["cl_1"])["cl_1"].identity)

    outcomes = [o for o, _ in bench.outcomes(one.message_id for batch in batches for one in batch).values()]
    assert len(seen) == 1
    assert outcomes.count(Outcome.RECOVERED) == 1
    assert None not in outcomes


def result_of(batches: Sequence[Sequence[Message]], there: Sequence[Record]) -> tuple[dict[str, Any], Any]:
    """Every message's outcome and cause, and every client, after one run over these batches."""
    bench = Bench()
    for record in there:
        bench.records.put(record)
    bench.open(RUN)
    for number, batch in enumerate(batches):
        bench.deliver(batch, f"d-{number}")
    records = {record.record_key: _without_history(record) for record in bench.records.all()}
    return bench.outcomes(message.message_id for batch in batches for message in batch), records


def _without_history(record: Record) -> Record:
    return replace(record, recovery=record.recovery and replace(record.recovery, superseded=()))


def _said(message: Message) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(message.body)
    return said
