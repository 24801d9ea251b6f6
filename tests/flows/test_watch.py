"""Looks at a queue in memory: what they publish, ask for, remember, and leave alone."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from reclaim.adapters.bootstrap import open_ports
from reclaim.model.errors import StackUnavailable
from reclaim.model.ledger import Delivery
from reclaim.model.metric import MetricName
from reclaim.model.run import RunState
from reclaim.monitoring.signals import SignalName
from reclaim.settings import read_settings
from tests.builders import a_message, a_run, a_settlement
from tests.flows.world import QUEUE, World

if TYPE_CHECKING:
    from flows.watch import Watched


def look(world: World) -> Watched:
    from flows.watch import watch  # noqa: PLC0415  (Prefect reads its settings when it is imported)

    return watch()


def notify(world: World, kind: str = "depth") -> None:
    alarm = {"AlarmName": f"reclaim-{QUEUE}-{kind}", "NewStateValue": "ALARM", "OldStateValue": "OK"}
    alarm |= {"StateChangeTime": datetime.now(UTC).isoformat()}
    world.notifications.send(json.dumps({"Type": "Notification", "Message": json.dumps(alarm)}))


def asked_for(watched: Watched) -> list[SignalName]:
    return [signal.name for signal in watched.signals]


def published(world: World, name: MetricName) -> list[dict[float, int]]:
    return [metric.values for _, metric in world.metrics.published if metric.name is name]


def test_a_look_changes_nothing_in_the_queue(world: World) -> None:
    world.send_events(30)

    watched = look(world)

    assert (watched.look.unrecovered, world.depth.visible) == (30, 30)
    assert published(world, MetricName.UNRECOVERED) == [{30: 1}]
    assert not world.journal.of("queue.delete")
    assert {finding.alarm.kind.value for finding in watched.found} == {"depth"}
    assert asked_for(watched) == [SignalName.SPIKE]


def test_messages_are_read_once_and_not_at_every_look(world: World) -> None:
    world.send_events(5)

    look(world)
    received = len(world.journal.of("queue.receive"))
    look(world)

    assert received > 0
    assert len(world.journal.of("queue.receive")) == received


def test_a_recovery_is_told_of_once(world: World) -> None:
    look(world)
    now, message = world.clock.now(), a_message()
    delivery = Delivery("run-9", "d-1", QUEUE, now - timedelta(seconds=2))
    world.ledger.record([message], delivery, now)
    world.ledger.settle([a_settlement(message.message_id)], delivery, now)
    counts = {"received": 1, "recovered": 1}
    world.runs.save(a_run("run-9", queue=QUEUE, state=RunState.COMPLETED, finished_at=now, counts=counts))

    look(world)
    look(world)

    (latencies,) = published(world, MetricName.RECOVERY_LATENCY)
    assert list(latencies.values()) == [1]
    assert published(world, MetricName.QUARANTINE_RATE) == [{0.0: 1}]


def test_a_storm_of_alarms_is_one_event_and_hostile_ones_are_none(world: World) -> None:
    world.send_events(3)
    for _ in range(10):
        notify(world)
    notify(world, "retention")
    world.notifications.send("not JSON")

    watched = look(world)

    assert asked_for(watched) == [SignalName.ALARM, SignalName.SPIKE]
    assert world.notifications.depth().total == 0


def test_no_recovery_is_asked_for_while_one_runs(world: World) -> None:
    from reclaim.runs.liveness import this_process  # noqa: PLC0415  (beside its only use)

    now = world.clock.now()
    world.runs.begin(a_run(queue=QUEUE, owner=this_process(), started_at=now, heartbeat_at=now))
    world.send_events(3)
    notify(world)

    watched = look(world)

    assert SignalName.ALARM not in asked_for(watched)
    assert not world.journal.of("queue.receive")


def test_an_alarm_that_stays_on_asks_again_only_after_a_pause(world: World, settings: pytest.MonkeyPatch) -> None:
    world.send_events(3)
    world.metrics.alarms[f"reclaim-{QUEUE}-depth"] = "ALARM"

    first, second = look(world), look(world)
    settings.setenv("RECLAIM_WATCH_PAUSE_SECONDS", "0.001")
    third = look(world)

    assert [SignalName.ALARM in asked_for(watched) for watched in (first, second, third)] == [True, False, True]


def test_a_notification_is_kept_when_prefect_does_not_take_the_event(world: World) -> None:
    from prefect.settings import PREFECT_API_URL, temporary_settings  # noqa: PLC0415

    from tasks.alarms import relay_alarms  # noqa: PLC0415
    from tasks.watch import look_at  # noqa: PLC0415

    notify(world)
    ports = open_ports(read_settings())
    found, _ = look_at.fn(ports, None)
    with (
        temporary_settings({PREFECT_API_URL: "http://127.0.0.1:9/api"}),
        pytest.raises(StackUnavailable, match="no recovery was asked for"),
    ):
        relay_alarms.fn(ports, found, [], None)

    assert world.notifications.depth().total == 1
