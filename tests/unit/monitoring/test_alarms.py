"""The list of alarms: names, thresholds, and that `ops/alarms.md` says the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from reclaim.model.metric import Metric, MetricName, Unit
from reclaim.monitoring.alarms import Alarm, AlarmKind, alarms_for, breaches, parse_alarm_name
from reclaim.settings import Settings

QUEUE = "jobs-dlq"
ALARMS = {alarm.kind: alarm for alarm in alarms_for(Settings(), QUEUE)}
DOCUMENT = (Path(__file__).parents[3] / "ops" / "alarms.md").read_text()


def a_metric(name: MetricName, *values: float) -> Metric:
    return Metric(name, Unit.COUNT, QUEUE, dict.fromkeys(values, 1))


def test_every_kind_has_one_alarm() -> None:
    assert [alarm.kind for alarm in alarms_for(Settings(), QUEUE)] == list(AlarmKind)


@pytest.mark.parametrize("alarm", ALARMS.values(), ids=lambda alarm: alarm.kind.value)
def test_an_alarm_is_known_by_its_name(alarm: Alarm) -> None:
    assert parse_alarm_name(alarm.name) == (QUEUE, alarm.kind)


@pytest.mark.parametrize(
    "name", ["", "reclaim-", "reclaim-depth", "reclaim--depth", "other-jobs-dlq-depth", "reclaim-x-sun"]
)
def test_a_name_of_another_alarm_is_none(name: str) -> None:
    assert parse_alarm_name(name) is None


@pytest.mark.parametrize(("value", "kinds"), [(0, []), (1, [AlarmKind.DEPTH]), (2, [AlarmKind.DEPTH])])
def test_a_threshold_is_reached_when_it_is_met(value: float, kinds: list[AlarmKind]) -> None:
    found = breaches(ALARMS.values(), [a_metric(MetricName.UNRECOVERED, value)])

    assert [breach.alarm.kind for breach in found] == kinds


def test_a_latency_is_what_95_of_100_messages_do_not_exceed() -> None:
    def with_slow(count: int) -> Metric:
        return Metric(MetricName.RECOVERY_LATENCY, Unit.MILLISECONDS, QUEUE, {100.0: 100 - count, 90_000.0: count})

    assert ALARMS[AlarmKind.LATENCY].value_in([with_slow(5)]) == 100.0
    assert ALARMS[AlarmKind.LATENCY].value_in([with_slow(6)]) == 90_000.0


def test_what_was_not_measured_breaches_no_threshold() -> None:
    assert breaches(ALARMS.values(), []) == []


def test_silence_is_an_alarm_only_when_it_lasts() -> None:
    idle = ALARMS[AlarmKind.IDLE]

    assert (idle.missing.value, idle.periods) == ("breaching", 5)


@pytest.mark.parametrize("alarm", ALARMS.values(), ids=lambda alarm: alarm.kind.value)
def test_the_document_explains_every_alarm_as_it_is(alarm: Alarm) -> None:
    setting = f"`RECLAIM_ALARM_{alarm.kind.value.upper()}"
    row = next(
        line for line in DOCUMENT.splitlines() if line.startswith(f"| [`{alarm.kind.value}`](../docs/runbook.md#")
    )

    assert alarm.meaning in row
    assert f"`{alarm.metric.value}`" in row
    assert f"`{alarm.missing.value}`" in row
    assert setting in row
    assert ("starts a recovery" in row) == alarm.kind.starts_recovery
