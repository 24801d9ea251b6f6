"""Recover, undo, recover: MongoDB and the queue are as before, and the second recovery ends as the first did."""

from __future__ import annotations

from collections import Counter
from itertools import count, islice, pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from reclaim.model.outcome import Cause, Outcome
from reclaim.model.record import Record
from tests.builders import RUN, a_body, a_record, derived
from tests.unit.undo.undo_bench import UndoBench, sent

THERE = (a_record("cl_1", identity=None), a_record("cl_3"))
"""Records that may have been there before: one without its identity, one with it."""

CARRIED = derived("what the producer used")


@st.composite
def bodies_of_few_records(draw: st.DrawFn) -> list[str]:
    """Up to seven bodies of three records, some that agree, some that do not, some that are no event."""
    body = st.builds(
        a_body,
        st.sampled_from(("cl_1", "cl_2", "cl_3")),
        second=st.integers(0, 3),
        name=st.sampled_from(("Acme Staffing", "Beta Talent")),
        tracking_id=st.sampled_from((None, "", CARRIED)),
    )
    return draw(st.lists(body | st.just("{"), min_size=1, max_size=7))


@st.composite
def bodies_with_one_event_each(draw: st.DrawFn) -> list[str]:
    """Bodies of which any two of the same record are the same event, so that the order of arrival decides nothing."""
    events = [a_body(key, second=draw(st.integers(0, 3)), country=country) for key, country in EVENTS]
    return draw(st.lists(st.sampled_from([*events, "{"]), min_size=1, max_size=7))


EVENTS = (("cl_1", "US"), ("cl_2", "DE"), ("cl_3", "US"))


def outcomes(bench: UndoBench, run_id: str) -> Counter[tuple[str, Outcome | None, Cause | None]]:
    """What one run made of each body."""
    return Counter((entry.body, entry.outcome, entry.cause) for entry in bench.ledger.of_run(run_id))


def from_now_on_later_ids_are_smaller(bench: UndoBench) -> None:
    """SQS gives IDs at random."""
    bench.queue._numbers = count(99_999_999, -1)


def a_bench(there: tuple[Record, ...]) -> UndoBench:
    bench = UndoBench()
    for record in there:
        bench.records.put(record)
    return bench


@given(
    bodies=bodies_of_few_records(),
    there=st.sampled_from([(), THERE]),
    batch_size=st.integers(1, 8),
    undos=st.integers(1, 2),
)
@settings(deadline=None, max_examples=50)
def test_an_undo_leaves_records_and_queue_as_they_were(
    bodies: list[str], there: tuple[Record, ...], batch_size: int, undos: int
) -> None:
    bench = a_bench(there)
    before = bench.known()
    sent(bench, bodies)
    waiting = bench.waiting()
    bench.run(RUN, batch_size)
    first = outcomes(bench, RUN)

    from_now_on_later_ids_are_smaller(bench)
    runs = [RUN, "second", "third"]
    for undone, following in islice(pairwise(runs), undos):
        assert bench.undo(undone).kept == ()
        assert bench.known() == before
        assert bench.waiting() == waiting
        bench.run(following, batch_size)

    assert outcomes(bench, RUN) == first  # the outcomes of the first run stay what they were
    assert bench.waiting() == {}


@given(bodies=bodies_with_one_event_each(), there=st.sampled_from([(), THERE]), batch_size=st.integers(1, 8))
@settings(deadline=None, max_examples=50)
def test_a_run_that_was_undone_can_be_run_again(bodies: list[str], there: tuple[Record, ...], batch_size: int) -> None:
    bench = a_bench(there)
    sent(bench, bodies)
    bench.run(RUN, batch_size)
    records, first = bench.known(), outcomes(bench, RUN)

    from_now_on_later_ids_are_smaller(bench)
    bench.undo(RUN)
    bench.run("second", batch_size)

    assert bench.known() == records
    assert outcomes(bench, "second") == first
