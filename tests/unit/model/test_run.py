"""A run's entry in the registry: its ID, and how it ends."""

from __future__ import annotations

from datetime import UTC, datetime

from reclaim.model.run import RunState, new_run_id
from tests.builders import a_run, at


def test_a_run_that_ends_says_when_and_what_was_found() -> None:
    run = a_run().ended(RunState.HALTED, at(60), explanation="stopped", counts={"received": 1})

    assert (run.state, run.finished_at, run.heartbeat_at) == (RunState.HALTED, at(60), at(60))
    assert (run.explanation, run.counts) == ("stopped", {"received": 1})


def test_a_run_that_ends_at_an_unknown_time_keeps_its_heartbeat() -> None:
    run = a_run(heartbeat_at=at(5)).ended(RunState.INTERRUPTED, None)

    assert (run.finished_at, run.heartbeat_at) == (None, at(5))


def test_ids_of_runs_sort_by_time_and_never_repeat() -> None:
    moment = datetime(2026, 11, 20, 8, 15, 30, tzinfo=UTC)
    ids = {new_run_id(moment) for _ in range(100)}

    assert len(ids) == 100
    assert all(one.startswith("run-20261120T081530-") for one in ids)
