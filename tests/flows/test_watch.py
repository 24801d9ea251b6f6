"""Checks of a queue in memory: what they publish, ask for, save, and leave alone."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from reclaim.adapters.bootstrap import open_ports
from reclaim.local.testing.stack_handle import PROJECT
from reclaim.model.errors import StackUnavailable, UsageError
from reclaim.model.ledger import Delivery
from reclaim.model.metric import MetricName
from reclaim.model.run import RunState
from reclaim.monitoring.signals import SignalName
from reclaim.settings import read_settings
from tests.builders import CONTRACT, a_message, a_run, a_settlement
from tests.flows.world import QUEUE, World

if TYPE_CHECKING:
    from flows.watch import WatchResult


def check(world: World) -> WatchResult:
    from flows.watch import watch  # noqa: PLC0415  (Prefect reads its settings when it is imported)

    return watch()


def notify(world: World, kind: str = "depth") -> None:
    alarm = {"AlarmName": f"reclaim-{QUEUE}-{kind}", "NewStateValue": "ALARM", "OldStateValue": "OK"}
    alarm |= {"StateChangeTime": datetime.now(UTC).isoformat()}
    world.notifications.send(json.dumps({"Type": "Notification", "Message": json.dumps(alarm)}))


def asked_for(watched: WatchResult) -> list[SignalName]:
    return [signal.name for signal in watched.signals]


def published(world: World, name: MetricName) -> list[dict[float, int]]:
    return [metric.values for _, metric in world.metrics.published if metric.name is name]


def test_a_check_changes_nothing_in_the_queue(world: World) -> None:
    world.send_events(30)

    watched = check(world)

    assert (watched.check.unrecovered, world.depth.visible) == (30, 30)
    assert published(world, MetricName.UNRECOVERED) == [{30: 1}]
    assert not world.journal.of("queue.delete")
    assert {breach.alarm.kind.value for breach in watched.found} == {"depth"}
    assert asked_for(watched) == [SignalName.SPIKE]


def test_messages_are_sampled_once_and_not_at_every_check(world: World) -> None:
    world.send_events(5)

    check(world)
    received = len(world.journal.of("queue.receive"))
    check(world)

    assert received > 0
    assert len(world.journal.of("queue.receive")) == received


def test_a_recovery_is_published_once(world: World) -> None:
    check(world)
    now, message = world.clock.now(), a_message()
    delivery = Delivery("run-9", "d-1", QUEUE, now - timedelta(seconds=2), CONTRACT.name)
    world.ledger.record([message], delivery, now)
    world.ledger.settle([a_settlement(message.message_id)], delivery, now)
    counts = {"received": 1, "recovered": 1}
    world.runs.save(a_run("run-9", queue=QUEUE, state=RunState.COMPLETED, finished_at=now, counts=counts))

    check(world)
    check(world)

    (latencies,) = published(world, MetricName.RECOVERY_LATENCY)
    assert list(latencies.values()) == [1]
    assert published(world, MetricName.QUARANTINE_RATE) == [{0.0: 1}]


def test_a_storm_of_alarms_is_one_event_and_hostile_ones_are_none(world: World) -> None:
    world.send_events(3)
    for _ in range(10):
        notify(world)
    notify(world, "retention")
    world.notifications.send("not JSON")

    watched = check(world)

    assert asked_for(watched) == [SignalName.ALARM, SignalName.SPIKE]
    assert world.notifications.depth().total == 0


def test_no_recovery_is_asked_for_while_one_runs(world: World) -> None:
    from reclaim.runs.liveness import this_process  # noqa: PLC0415  (beside its only use)

    now = world.clock.now()
    world.runs.begin(a_run(queue=QUEUE, owner=this_process(), started_at=now, heartbeat_at=now))
    world.send_events(3)
    notify(world)

    watched = check(world)

    assert SignalName.ALARM not in asked_for(watched)
    assert not world.journal.of("queue.receive")


def test_an_alarm_that_stays_on_asks_again_only_after_a_pause(world: World, settings: pytest.MonkeyPatch) -> None:
    world.send_events(3)
    world.metrics.alarms[f"reclaim-{QUEUE}-depth"] = "ALARM"

    first, second = check(world), check(world)
    settings.setenv("RECLAIM_WATCH_PAUSE_SECONDS", "0.001")
    third = check(world)

    assert [SignalName.ALARM in asked_for(watched) for watched in (first, second, third)] == [True, False, True]


def test_a_notification_is_kept_when_prefect_does_not_take_the_event(world: World) -> None:
    from prefect.settings import PREFECT_API_URL, temporary_settings  # noqa: PLC0415

    from tasks.alarms import relay_alarms  # noqa: PLC0415
    from tasks.watch import measure_queue  # noqa: PLC0415

    notify(world)
    ports = open_ports(read_settings())
    found, _ = measure_queue.fn(ports, None)
    with (
        temporary_settings({PREFECT_API_URL: "http://127.0.0.1:9/api"}),
        pytest.raises(StackUnavailable, match="no recovery was asked for"),
    ):
        relay_alarms.fn(ports, found, [], None)

    assert world.notifications.depth().total == 1


def test_a_queue_that_is_tagged_for_another_contract_is_refused(world: World) -> None:
    world.send_events(3)
    world.queue.tagged_for = "order_created"

    with pytest.raises(UsageError, match="tagged for the contract order_created"):
        check(world)

    assert world.metrics.published == []
    assert not world.journal.of("queue.receive")


def test_for_a_contract_without_a_revenue_side_no_money_is_published(
    world: World, settings: pytest.MonkeyPatch
) -> None:
    settings.setenv("RECLAIM_CONTRACT", f"{PROJECT}/examples/order_created/contract.py:contract")
    world.send_events(3)

    watched = check(world)

    assert watched.check.money_at_risk is None
    assert watched.check.oldest_sent_at
    assert published(world, MetricName.MONEY_AT_RISK) == []
    assert not world.journal.of("applications.uncharged")
