"""Recover, undo, recover: the same clients and IDs as from the recovery alone, whatever the events are."""

from __future__ import annotations

from itertools import count, islice, pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from reclaim.model.message import Message
from reclaim.model.outcome import Cause, Outcome
from reclaim.model.record import Record
from tests.builders import RUN, a_body
from tests.unit.recovery.test_order_of_arrival import THERE, letters_of_few_clients
from tests.unit.undo.workbench import UndoBench, sent


def outcomes(bench: UndoBench, run_id: str) -> list[tuple[str, Outcome | None, Cause | None]]:
    """What one run made of each body."""
    return sorted(((e.body, e.outcome, e.cause) for e in bench.ledger.of_run(run_id)), key=str)


def from_now_on_later_ids_are_smaller(bench: UndoBench) -> None:
    """SQS gives IDs at random. Nothing may hang on which of two is the smaller."""
    bench.queue._numbers = count(99_999_999, -1)


@given(
    messages=letters_of_few_clients(),
    there=st.sampled_from([(), THERE]),
    batch_size=st.integers(1, 8),
    undos=st.integers(1, 2),
)
@settings(deadline=None, max_examples=50)
def test_a_run_that_was_undone_can_be_run_again(
    messages: list[Message], there: tuple[Record, ...], batch_size: int, undos: int
) -> None:
    bench = UndoBench()
    for record in there:
        bench.records.put(record)
    before = bench.known()
    bodies = sent(bench, (message.body for message in messages)) and bench.waiting()
    bench.run(RUN, batch_size)
    records, first = bench.known(), outcomes(bench, RUN)

    from_now_on_later_ids_are_smaller(bench)
    runs = [RUN, "second", "third"]
    for undone, following in islice(pairwise(runs), undos):
        tally = bench.undo(undone)
        assert tally.kept == []
        assert bench.known() == before
        assert bench.waiting() == bodies
        bench.run(following, batch_size)

    assert bench.known() == records
    assert outcomes(bench, runs[undos]) == first
    assert outcomes(bench, RUN) == first  # the books of the first run stay what they were
    assert bench.waiting() == {}


def test_of_two_events_of_the_same_moment_the_first_stays_the_first() -> None:
    bench = UndoBench()
    first, second = a_body("cl_1", name="The first"), a_body("cl_1", name="The second")
    sent(bench, [first, second])
    bench.run(RUN)
    assert bench.the().name == "The first"

    from_now_on_later_ids_are_smaller(bench)
    bench.undo()
    bench.run("run-2", batch_size=1)

    assert bench.the().name == "The first"
    assert bench.the().recovery is not None
    assert bench.the().recovery.stands_for == "00000001-0000-4000-8000-000000000000"  # type: ignore[union-attr]
