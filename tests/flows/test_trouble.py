"""What a recovery does when the outside fails: for a moment, for good, or without saying so."""

from __future__ import annotations

import pytest

from reclaim.model.errors import ExitCode, QueueUnavailable, StoreUnavailable
from reclaim.model.outcome import Cause
from reclaim.model.run import RunState
from tests.flows.world import World, always, at_call, fails, from_call, gaps, ids

DOWN = StoreUnavailable("MongoDB does not answer.", "See whether it runs, then run the recovery again.")
THROTTLED = QueueUnavailable("SQS throttles.")

STEPS = {
    "queue.receive": THROTTLED,
    "ledger.record": DOWN,
    "records.find": DOWN,
    "records.write": DOWN,
    "ledger.settle": DOWN,
    "queue.delete": THROTTLED,
}


def test_a_moment_of_trouble_in_every_step_is_outlived(world: World, settings: pytest.MonkeyPatch) -> None:
    settings.setenv("RECLAIM_RETRY_SECONDS", "0.1")
    world.send_events(12)
    for name, error in STEPS.items():
        world.meddle(name, fails(2, error))

    report = world.recover()

    assert report.counts.recovered == report.counts.received == 12
    assert (report.state, report.exit_code) == (RunState.COMPLETED, ExitCode.DONE)
    assert report.retries == 2 * len(STEPS)
    assert world.saved_report(report)["retries"] == 2 * len(STEPS)
    for name in STEPS:
        first, second, *_ = gaps(world.journal.of(name))
        # Doubled each time, jittered by three tenths; the world's clock runs twenty times as fast.
        assert first > 20 * 0.1 * 0.69
        assert second > 20 * 0.2 * 0.69
    assert world.depth.total == 0


def test_the_counts_survive_a_moment_of_trouble_at_the_very_end(world: World) -> None:
    world.send_events(3)
    for name in ("ledger.count", "ledger.of_run", "records.recovered_by", "runs.save"):
        world.meddle(name, fails(1, DOWN))

    report = world.recover()

    assert (report.state, report.exit_code, report.explanation) == (RunState.COMPLETED, ExitCode.DONE, "")
    assert report.validation.suites
    record = world.runs.get(report.run_id)
    assert record is not None
    assert record.state is RunState.COMPLETED


def test_a_store_that_goes_down_for_good_halts_the_run_and_leaves_the_rest_in_the_queue(world: World) -> None:
    world.send_events(60)
    world.meddle("records.find", from_call(7, DOWN))

    report = world.recover()

    recovered = report.counts.recovered
    assert 0 < recovered < 60
    assert (report.state, report.exit_code) == (RunState.HALTED, ExitCode.UNREACHABLE)
    assert report.explanation == str(DOWN)
    assert report.balanced
    assert report.counts.deferred == report.causes[Cause.STORE_UNAVAILABLE] == report.counts.received - recovered
    assert world.depth.total == 60 - recovered
    assert world.saved_report(report)["state"] == "halted"
    assert not ids(world.journal.of("queue.delete")) & {x for x, e in world.entries.items() if not e.is_settled}


def test_the_levels_of_retries_do_not_multiply(world: World) -> None:
    world.send_events(1)
    for _ in range(4):
        world.queue.receive(10, 0, 0)
    world.send_events(29, "other")
    world.meddle("records.find", always(DOWN))

    report = world.recover()

    assert report.retries == 2
    assert len(world.journal.of("records.find")) == 3
    assert len(world.journal.of("queue.receive")) == 1
    assert world.depth.total == 30
    # The message's own level: hidden for 600 s, doubled with each receive after the first, jittered by a fifth.
    (hidden,) = world.journal.of("queue.hide")[-1].args[0].values()
    assert 0.8 * 600 * 2**4 <= hidden <= 1.2 * 600 * 2**4


def test_with_all_of_mongodb_gone_the_report_is_written_from_the_runs_own_counts(world: World) -> None:
    world.send_events(20)

    def mongodb_dies() -> None:
        for name in ("ledger", "clients", "runs"):
            for method in ("record", "settle", "defer", "find", "write", "count", "of_run", "save", "beat", "unclosed"):
                world.meddle(f"{name}.{method}", always(DOWN))
        raise DOWN

    world.meddle("records.write", at_call(3, mongodb_dies))

    report = world.recover()

    assert (report.state, report.exit_code) == (RunState.HALTED, ExitCode.UNREACHABLE)
    assert report.counts.as_dict() == {"received": 8, "recovered": 3, "duplicate": 0, "quarantined": 0, "deferred": 5}
    assert not report.validation.success
    assert report.validation.skipped
    assert world.saved_report(report)["counts"] == report.counts.as_dict()
    assert world.depth.total == 17


def test_a_store_that_is_down_from_the_start_is_said_before_anything_is_received(world: World) -> None:
    world.send_events(3)
    world.meddle("runs.begin", always(DOWN))

    with pytest.raises(StoreUnavailable) as caught:
        world.recover()

    assert caught.value.exit_code is ExitCode.UNREACHABLE
    assert world.journal.of("queue.receive") == []
    assert world.depth.visible == 3


def test_a_queue_that_cannot_be_reached_halts_the_run(world: World) -> None:
    world.send_events(3)
    world.meddle("queue.receive", from_call(2, THROTTLED))

    report = world.recover()

    assert (report.state, report.exit_code) == (RunState.HALTED, ExitCode.UNREACHABLE)
    assert report.explanation == str(THROTTLED)
    assert report.counts.recovered == 1
    assert world.depth.visible == 2


def test_a_store_that_silently_drops_writes_trips_the_breaker_before_much_is_touched(world: World) -> None:
    world.send_events(60)
    world.meddle("records.write", lambda _real, _writes: None)

    report = world.recover()

    assert (report.state, report.exit_code) == (RunState.HALTED, ExitCode.HALTED)
    assert report.explanation.startswith("20 of the last 20 messages failed unexpectedly")
    assert report.counts.as_dict() == {"received": 20, "recovered": 0, "duplicate": 0, "quarantined": 0, "deferred": 20}
    assert {len(call.messages) for call in world.journal.of("ledger.record")} == {1}
    assert ids(world.journal.of("queue.delete")) == set()
    assert world.depth.total == 60


def test_bad_messages_alone_never_trip_the_breaker(world: World) -> None:
    world.send(*(f"not JSON {number}" for number in range(60)))
    world.send_events(2)

    report = world.recover()

    assert report.state is RunState.COMPLETED
    assert (report.counts.quarantined, report.counts.recovered) == (60, 2)


def test_trouble_halves_the_pace_and_it_creeps_back_below_the_ceiling(
    world: World, settings: pytest.MonkeyPatch
) -> None:
    # The world's clock runs fast: on a busy machine a write would look slow, which halves the pace once more.
    settings.setenv("RECLAIM_SLOW_WRITE_SECONDS", "100000")
    world.send_events(8)
    world.meddle("records.write", fails(2, DOWN))

    report = world.recover(rate=1000)

    paces = [sample.pace for sample in report.timeline]
    # Two failures: a quarter of 1000. Then three good batches, each giving back a twentieth of the ceiling.
    assert paces[-1] == pytest.approx(1000 / 4 + 3 * 50)
    assert max(paces) <= 1000


def test_the_pace_is_never_exceeded_however_long_it_takes(world: World, settings: pytest.MonkeyPatch) -> None:
    settings.setenv("RECLAIM_BATCH_SIZE", "10")
    world.send_events(60)

    report = world.recover(rate=2)

    arrivals: list[tuple[float, int]] = [
        (call.ended, len(call.messages)) for call in world.journal.of("queue.receive") if call.messages
    ]
    started, total = arrivals[0][0], 0
    for at, messages in arrivals:
        total += messages
        assert total <= 2 * (at - started) + 2 + 1
    # Long enough for the run to have said that it lives.
    assert {call.args[0] for call in world.journal.of("runs.beat")} == {report.run_id}
