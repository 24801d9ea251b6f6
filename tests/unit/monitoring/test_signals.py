"""Which events follow from alarms and checks; above all, how few."""

from __future__ import annotations

from datetime import timedelta

import pytest

from reclaim.model.message import QueueDepth
from reclaim.model.queue_check import QueueCheck, WatchState
from reclaim.monitoring.alarm_notifications import AlarmNotification
from reclaim.monitoring.alarms import AlarmKind, Breach, alarms_for
from reclaim.monitoring.signals import Signal, SignalName, lasting, signals_of_alarms, spike
from reclaim.requests import RecoverRequest
from reclaim.settings import Settings
from tests.builders import at

QUEUE = "jobs-dlq"
ALARMS = {alarm.kind: alarm for alarm in alarms_for(Settings(), QUEUE)}
PAUSE = timedelta(minutes=15)
CHECK = QueueCheck(queue=QUEUE, taken_at=at(3600), depth=QueueDepth(5, 0, 0), retention_seconds=1)
BEFORE = WatchState(queue=QUEUE, checked_at=at(0), unrecovered=0)


def a_notification(
    kind: AlarmKind = AlarmKind.DEPTH,
    state: str = "ALARM",
    before: str = "OK",
    *,
    queue: str = QUEUE,
    second: float = 0,
) -> AlarmNotification:
    return AlarmNotification(f"reclaim-{queue}-{kind.value}", queue, kind, state, before, at(second))


def names(signals: list[Signal]) -> list[SignalName]:
    return [signal.name for signal in signals]


def test_a_storm_of_alarms_asks_for_one_recovery() -> None:
    kinds = (AlarmKind.DEPTH, AlarmKind.GROWTH, AlarmKind.RETENTION)

    signals = signals_of_alarms([a_notification(kinds[n % 3], second=n) for n in range(10)], frozenset())

    assert names(signals) == [SignalName.ALARM]
    assert signals[0].alarms == ("reclaim-jobs-dlq-depth", "reclaim-jobs-dlq-growth", "reclaim-jobs-dlq-retention")


def test_each_queue_asks_for_its_own() -> None:
    signals = signals_of_alarms([a_notification(), a_notification(queue="other-dlq")], frozenset())

    assert [signal.resource_id for signal in signals] == ["reclaim.queue.jobs-dlq", "reclaim.queue.other-dlq"]


def test_a_queue_that_is_being_recovered_asks_for_nothing() -> None:
    assert signals_of_alarms([a_notification()], frozenset({QUEUE})) == []


def test_an_alarm_that_is_over_by_now_asks_for_nothing() -> None:
    over = a_notification(state="OK", before="ALARM", second=2)

    assert names(signals_of_alarms([over, a_notification(second=1)], frozenset())) == [SignalName.CALM]


def test_a_new_alarm_that_becomes_ok_is_no_news() -> None:
    assert signals_of_alarms([a_notification(state="OK", before="INSUFFICIENT_DATA")], frozenset()) == []


@pytest.mark.parametrize("kind", [AlarmKind.LATENCY, AlarmKind.QUARANTINE, AlarmKind.IDLE])
def test_what_no_recovery_resolves_calls_a_person(kind: AlarmKind) -> None:
    assert names(signals_of_alarms([a_notification(kind)], frozenset())) == [SignalName.ATTENTION]


def test_the_payload_holds_the_parameters_of_a_recovery() -> None:
    signal = signals_of_alarms([a_notification()], frozenset())[0]

    request = RecoverRequest(**signal.payload["request"])

    assert (request.queue, request.operator) == (QUEUE, "reclaim watch")
    assert request.reason == "reclaim-jobs-dlq-depth at 2026-11-20 08:15:30 UTC"


def test_the_same_signal_is_the_same_event() -> None:
    one, same, later = (
        signals_of_alarms([a_notification(second=second)], frozenset())[0].event_id for second in (1, 1, 2)
    )

    assert one == same != later


def test_a_spike_is_what_was_not_known_before() -> None:
    found = [Breach(ALARMS[AlarmKind.DEPTH], 5), Breach(ALARMS[AlarmKind.QUARANTINE], 50)]

    assert spike(CHECK, found, None) == Signal(SignalName.SPIKE, QUEUE, ("reclaim-jobs-dlq-depth",), at(3600))
    assert spike(CHECK, found, BEFORE.model_copy(update={"above": frozenset({"depth"})})) is None


def test_an_alarm_that_lasts_asks_again_when_no_recovery_runs() -> None:
    assert lasting(CHECK, [ALARMS[AlarmKind.DEPTH]], BEFORE, PAUSE) is not None


@pytest.mark.parametrize(
    ("check", "before"),
    [
        ({"busy": True}, {}),
        ({"last_run_started_at": at(3000)}, {}),
        ({}, {"asked_at": at(3000)}),
        ({"last_run_started_at": at(0)}, {"asked_at": at(3000)}),
    ],
    ids=["a run is at work", "one was just started", "one was just asked for", "the later one counts"],
)
def test_it_does_not_ask_while_something_is_on_its_way(check: dict[str, object], before: dict[str, object]) -> None:
    changed = CHECK.model_copy(update=check)

    assert lasting(changed, [ALARMS[AlarmKind.DEPTH]], BEFORE.model_copy(update=before), PAUSE) is None


def test_alarms_that_need_a_person_never_ask_for_a_recovery() -> None:
    assert lasting(CHECK, [ALARMS[AlarmKind.IDLE], ALARMS[AlarmKind.LATENCY]], BEFORE, PAUSE) is None
