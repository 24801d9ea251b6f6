"""A run that died without a report is found and closed by the next one; a living one is left alone."""

from __future__ import annotations

import platform
import subprocess
import sys
from datetime import timedelta

import pytest

from reclaim.model.ledger import Delivery, Settlement
from reclaim.model.outcome import Cause, Outcome
from reclaim.model.run import Owner, RunRecord, RunState
from reclaim.runs.liveness import LEASE, this_process
from tests.builders import CONTRACT
from tests.flows.world import QUEUE, World


@pytest.fixture(scope="module")
def dead() -> Owner:
    """A process of this machine that has ended."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return Owner(host=platform.node(), pid=process.pid, started=1.0)


def test_a_dead_run_is_closed_with_exact_counts_and_its_work_is_finished(world: World, dead: Owner) -> None:
    world.send_events(3)
    _begin(world, "run-dead", dead)
    _settle_two_of_three(world, "run-dead")
    _begin(world, "run-silent", Owner(host="another machine", pid=1, started=1.0), ago=2 * LEASE)

    report = world.recover()

    record = world.runs.get("run-dead")
    assert record is not None
    assert record.state is RunState.INTERRUPTED
    assert record.counts == {"received": 2, "recovered": 0, "duplicate": 1, "quarantined": 1, "deferred": 0}
    assert record.causes == {"already_recovered": 1, "malformed_json": 1}
    assert record.finished_at
    assert report.interrupted_runs == ("run-dead", "run-silent")
    assert (report.counts.received, report.counts.recovered, report.reacknowledged) == (1, 1, 2)
    assert report.balanced
    assert world.depth.total == 0


def test_a_run_whose_owner_lives_is_left_alone(world: World) -> None:
    here = _begin(world, "run-here", this_process())
    # Its heartbeat is still new after what a busy machine makes of a few seconds on this world's fast clock.
    ahead = timedelta(minutes=-30)
    elsewhere = _begin(world, "run-elsewhere", Owner(host="another machine", pid=1, started=1.0), ahead)

    report = world.recover()

    assert report.interrupted_runs == ()
    assert world.runs.get("run-here") == here
    assert world.runs.get("run-elsewhere") == elsewhere


def test_a_dry_run_closes_no_other_run(world: World, dead: Owner) -> None:
    world.send_events(3)
    record = _begin(world, "run-dead", dead)
    _settle_two_of_three(world, "run-dead")

    world.recover(dry_run=True)

    assert world.runs.get("run-dead") == record


def _begin(world: World, run_id: str, owner: Owner, ago: timedelta = timedelta()) -> RunRecord:
    at = world.clock.now() - ago
    run = RunRecord(
        run_id=run_id,
        queue=QUEUE,
        contract=CONTRACT.name,
        operator="x",
        owner=owner,
        started_at=at,
        heartbeat_at=at,
    )
    world.runs.begin(run)
    return run


def _settle_two_of_three(world: World, run_id: str) -> None:
    """As a run leaves it that is killed between the ledger and the deletion, with a third message only recorded."""
    now = world.clock.now()
    messages = world.queue.receive(3, 0, 0)
    delivery = Delivery(run_id, "a delivery", QUEUE, now, CONTRACT.name)
    world.ledger.record(messages, delivery, now)
    duplicate = Settlement(messages[0].message_id, Outcome.DUPLICATE, Cause.ALREADY_RECOVERED)
    quarantined = Settlement(messages[1].message_id, Outcome.QUARANTINED, Cause.MALFORMED_JSON)
    world.ledger.settle([duplicate, quarantined], delivery, now)
