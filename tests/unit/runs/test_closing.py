"""What becomes of the registry's entries of other runs: of those that died, and of those whose work was finished."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from reclaim.adapters.memory.ledger import MemoryLedger
from reclaim.adapters.memory.runs import MemoryRuns
from reclaim.model.ledger import Resolution, ResolutionKind
from reclaim.model.outcome import Cause, Counts, Outcome
from reclaim.model.run import RunRecord, RunState
from reclaim.runs.closing import close_interrupted_runs, interrupt_dead_runs
from reclaim.runs.liveness import LEASE, this_process
from tests.builders import NOW, a_delivery, a_message, a_run, a_settlement, at

LATE = NOW + LEASE + timedelta(seconds=1)


@pytest.fixture
def runs() -> MemoryRuns:
    return MemoryRuns()


@pytest.fixture
def ledger() -> MemoryLedger:
    """What `run-1` left: one message recovered, one deferred, one only recorded."""
    ledger = MemoryLedger()
    delivery = a_delivery("d-1", "run-1")
    ledger.record([a_message(message_id=f"m-{number}") for number in range(3)], delivery, NOW)
    ledger.settle([a_settlement("m-0")], delivery, NOW)
    ledger.defer([a_settlement("m-1", Outcome.DEFERRED, Cause.HALTED)], delivery, NOW)
    return ledger


def the(runs: MemoryRuns, run_id: str = "run-1") -> RunRecord:
    run = runs.get(run_id)
    assert run
    return run


def test_a_run_whose_owner_is_dead_is_interrupted_with_what_the_ledger_says_it_settled(
    runs: MemoryRuns, ledger: MemoryLedger
) -> None:
    runs.begin(a_run("run-1"))

    assert interrupt_dead_runs(runs, ledger, "run-2", LATE) == ("run-1",)

    run = the(runs)
    assert (run.state, run.finished_at) == (RunState.INTERRUPTED, LATE)
    assert run.counts == Counts(received=1, recovered=1).as_dict()
    assert run.causes == {"missing_id": 1}
    assert run.explanation == "Its process ended without finalizing the run; the counts are the ledger's."


@pytest.mark.parametrize(
    "run", [a_run("run-2"), a_run("run-1", owner=this_process()), a_run("run-1", state=RunState.HALTED)]
)
def test_the_run_that_asks_those_that_live_and_those_that_ended_are_left_alone(
    runs: MemoryRuns, ledger: MemoryLedger, run: RunRecord
) -> None:
    runs.begin(run)

    assert interrupt_dead_runs(runs, ledger, "run-2", LATE) == ()
    assert runs.get(run.run_id) == run


def closed(runs: MemoryRuns, ledger: MemoryLedger, *, queue_is_empty: bool = True, **changes: Any) -> RunRecord:  # noqa: ANN401
    runs.save(a_run("run-1", state=RunState.INTERRUPTED, **changes))
    close_interrupted_runs(runs, ledger, a_run("run-2"), queue_is_empty=queue_is_empty)
    return the(runs)


def test_a_later_run_that_emptied_the_queue_closes_an_interrupted_one(runs: MemoryRuns, ledger: MemoryLedger) -> None:
    run = closed(runs, ledger)

    assert (run.closed_by, run.state) == ("run-2", RunState.INTERRUPTED)
    assert run.counts["recovered"] == 1


@pytest.mark.parametrize("changes", [{"queue_is_empty": False}, {"kind": "ingest"}])
def test_a_run_with_work_left_stays_open_and_is_counted_again(
    runs: MemoryRuns, ledger: MemoryLedger, changes: dict[str, Any]
) -> None:
    run = closed(runs, ledger, **changes)

    assert (run.closed_by, run.counts["recovered"]) == (None, 1)


def test_a_run_on_another_queue_is_left_alone(runs: MemoryRuns, ledger: MemoryLedger) -> None:
    run = closed(runs, ledger, queue="another")

    assert (run.closed_by, run.counts) == (None, {})


def test_a_release_with_messages_that_are_still_quarantined_stays_open(runs: MemoryRuns) -> None:
    ledger = MemoryLedger()
    delivery = a_delivery()
    ledger.record([a_message(message_id="m-1")], delivery, NOW)
    ledger.settle([a_settlement("m-1", Outcome.QUARANTINED, Cause.RECORD_CONFLICT)], delivery, NOW)
    asked = {"messages": ["m-1"]}

    before = closed(runs, ledger, parameters=asked)
    entry = ledger.find(["m-1"])["m-1"]
    ledger.put(replace(entry, resolution=Resolution("m-1", ResolutionKind.RELEASED, "run-1", at(1), "ann")))
    after = closed(runs, ledger, parameters=asked)

    assert (before.closed_by, after.closed_by) == (None, "run-2")
