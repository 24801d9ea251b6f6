"""A dry run decides everything and changes nothing."""

from __future__ import annotations

from reclaim.local.outage import plan_outage
from reclaim.model.errors import ExitCode, StoreUnavailable
from reclaim.model.run import RunState
from tests.flows.world import World, from_call

WRITES = ("records.write", "ledger.record", "ledger.settle", "ledger.defer", "ledger.mark_deleted")


def test_a_dry_run_changes_nothing_and_predicts_what_the_real_run_then_does(world: World) -> None:
    outage = plan_outage(120, seed=5)
    world.stage(outage)
    before = {record.record_key: record for record in world.records.all()}

    dry = world.recover(dry_run=True)

    assert {call.name for call in world.journal.calls} & {*WRITES, "queue.delete"} == set()
    assert {record.record_key: record for record in world.records.all()} == before
    assert world.entries == {}
    assert world.depth.visible == len(outage.messages)
    assert dry.dry_run
    assert dry.state is RunState.COMPLETED

    real = world.recover()

    assert dry.counts == real.counts
    assert dry.causes == real.causes
    assert dry.money == real.money
    assert world.depth.total == 0


def test_a_dry_run_that_halts_puts_everything_back_at_once(world: World) -> None:
    world.send_events(20)
    world.meddle("records.find", from_call(5, StoreUnavailable("MongoDB does not answer.")))

    report = world.recover(dry_run=True)

    assert (report.state, report.exit_code) == (RunState.HALTED, ExitCode.UNREACHABLE)
    assert world.depth.visible == 20


def test_a_dry_run_with_a_bug_puts_everything_back_too(world: World) -> None:
    world.send_events(20)
    world.meddle("records.find", from_call(5, ValueError("nobody thought of this")))

    assert world.run(dry_run=True).is_failed()

    assert world.depth.visible == 20
