"""A recovery that is stopped, by a bug of its own or by an operator, still writes its report."""

from __future__ import annotations

import signal
import threading
import time
from typing import Any

import pytest

from reclaim.model.errors import ExitCode
from reclaim.model.outcome import Cause
from reclaim.model.run import RunState
from reclaim.reports.model import RunReport
from tests.flows.world import World, at_call, ids

BUG = ValueError("nobody thought of this")


def test_a_lane_with_a_bug_fails_the_run_stops_the_others_and_loses_nothing(world: World) -> None:
    world.send_events(400)
    world.meddle("ledger.settle", at_call(6, _raise_bug))

    state = world.run(rate=100_000)

    report = _report(state)
    assert state.is_failed()
    assert (report.state, report.exit_code) == (RunState.FAILED, ExitCode.BUG)
    assert "unexpected ValueError" in report.explanation
    assert report.balanced
    assert report.retries == 0
    assert 0 < report.counts.deferred == report.causes[Cause.HALTED]
    assert report.counts.received < 400
    deleted = ids(world.journal.of("queue.delete"))
    assert world.depth.total == 400 - len(deleted)
    assert {x for x, entry in world.entries.items() if entry.is_settled} == deleted
    assert world.saved_report(report)["state"] == "failed"
    record = world.runs.get(report.run_id)
    assert record is not None
    assert record.state is RunState.FAILED
    assert sorted(_lanes(state)) == [("lane 1", True), ("lane 2", True), ("lane 3", True)]
    assert [thread.name for thread in threading.enumerate() if thread.name == "visibility-keeper"] == []


def test_a_bug_in_receiving_stops_the_other_lanes_as_well(world: World) -> None:
    world.send_events(400)
    world.meddle("queue.receive", at_call(8, _raise_bug))

    state = world.run()

    assert state.is_failed()
    assert _report(state).balanced
    assert world.depth.visible > 200


def test_ctrl_c_lets_the_batches_in_hand_finish_and_leaves_nothing_hidden(world: World) -> None:
    world.send_events(400)
    world.meddle("records.write", at_call(6, _interrupt(signal.SIGINT)))

    report = world.recover()

    assert (report.state, report.exit_code) == (RunState.HALTED, ExitCode.HALTED)
    assert "operator" in report.explanation
    assert report.balanced
    assert 28 < report.counts.recovered == report.counts.received < 400
    assert (world.depth.visible, world.depth.in_flight) == (400 - report.counts.recovered, 0)
    assert world.saved_report(report)["state"] == "halted"


def test_ctrl_c_does_not_wait_for_a_slow_pace(world: World) -> None:
    world.send_events(100)
    interrupt = threading.Timer(0.3, _interrupt(signal.SIGINT))
    world.meddle("ledger.settle", at_call(1, interrupt.start))

    report = world.recover(rate=0.05)  # on the world's clock two seconds between the first batch and the second

    assert report.exit_code is ExitCode.HALTED
    assert report.counts.received == 1
    assert (world.depth.visible, world.depth.in_flight) == (99, 0)


def test_a_termination_takes_its_course_after_the_account_was_given(world: World) -> None:
    from prefect.exceptions import TerminationSignal  # noqa: PLC0415

    world.send_events(400)
    world.meddle("records.write", at_call(6, _interrupt(signal.SIGTERM)))

    delivered = []
    before = signal.signal(signal.SIGTERM, lambda number, _: delivered.append(number))

    try:
        with pytest.raises(TerminationSignal):
            world.run()
    finally:
        signal.signal(signal.SIGTERM, before)

    assert delivered == [signal.SIGTERM]
    (record,) = world.runs.latest(10)
    assert record.state is RunState.HALTED
    assert record.balanced
    assert record.validation is not None
    assert "told to end" in record.validation.skipped
    assert (world.reports / record.run_id / "report.html").exists()
    assert world.depth.in_flight == 0
    assert world.depth.total == 400 - record.counts["recovered"]


def _raise_bug() -> None:
    raise BUG


def _interrupt(number: int) -> Any:  # noqa: ANN401
    """As if an operator or the platform had sent the signal; the main thread has to wake up for it."""
    main = threading.main_thread().ident
    assert main is not None
    return lambda: signal.pthread_kill(main, number)


def _report(state: Any) -> RunReport:  # noqa: ANN401
    report = state.result(raise_on_failure=False)
    assert isinstance(report, RunReport)
    return report


def _lanes(state: Any) -> list[tuple[str, bool]]:  # noqa: ANN401
    """The lanes of the flow run as Prefect's server has them, and whether each is over."""
    from prefect.client.orchestration import get_client  # noqa: PLC0415
    from prefect.client.schemas.filters import (  # noqa: PLC0415
        FlowRunFilter,
        FlowRunFilterId,
        TaskRunFilter,
        TaskRunFilterName,
    )

    until = time.monotonic() + 10
    with get_client(sync_client=True) as client:
        while True:
            runs = client.read_task_runs(
                flow_run_filter=FlowRunFilter(id=FlowRunFilterId(any_=[state.state_details.flow_run_id])),
                task_run_filter=TaskRunFilter(name=TaskRunFilterName(like_="lane")),
            )
            states = [(run.name, bool(run.state and run.state.is_final())) for run in runs]
            # Task runs reach the server as events, a little after they happen.
            if (len(states) >= 3 and all(final for _, final in states)) or time.monotonic() > until:
                return states
            time.sleep(0.2)
