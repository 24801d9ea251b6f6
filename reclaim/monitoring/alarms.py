"""The list of alarms, which provisioning creates, `reclaim watch` compares and `ops/alarms.md` explains."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from reclaim.model.metric import Metric, MetricName
from reclaim.monitoring.metrics import percentile
from reclaim.settings import Settings

PREFIX = "reclaim-"


class AlarmKind(StrEnum):
    """What an alarm is about; the end of its name."""

    DEPTH = "depth"
    GROWTH = "growth"
    RETENTION = "retention"
    LATENCY = "latency"
    QUARANTINE = "quarantine"
    IDLE = "idle"

    @property
    def starts_recovery(self) -> bool:
        """Whether a recovery resolves it. The others need a person: recoveries go wrong, or there are none."""
        return self in {AlarmKind.DEPTH, AlarmKind.GROWTH, AlarmKind.RETENTION}


class MissingData(StrEnum):
    """What CloudWatch takes a period without data for."""

    KEEP = "ignore"
    """The alarm stays as it is."""
    BAD = "breaching"
    GOOD = "notBreaching"


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alarm on one queue: it goes off when the metric reaches the threshold.

    Attributes:
        statistic: of the values of a period: Maximum, or a percentile such as p95.
        periods: how many periods in a row must be bad.
        meaning: one sentence for the person on call.
    """

    kind: AlarmKind
    queue: str
    metric: MetricName
    threshold: float
    period_seconds: int
    missing: MissingData
    meaning: str
    statistic: str = "Maximum"
    periods: int = 1

    @property
    def name(self) -> str:
        """What CloudWatch calls it."""
        return f"{PREFIX}{self.queue}-{self.kind.value}"

    def value_in(self, metrics: Iterable[Metric]) -> float | None:
        """The worst value that these metrics have for it; None where they have none."""
        found = [metric.values for metric in metrics if metric.name is self.metric and metric.values]
        if self.statistic == "Maximum":
            return max((max(values) for values in found), default=None)
        worst = [percentile(values, int(self.statistic.removeprefix("p"))) for values in found]
        return max((value for value in worst if value is not None), default=None)


@dataclass(frozen=True, slots=True)
class Breach:
    """An alarm whose threshold a check found reached, and the value that reached it."""

    alarm: Alarm
    value: float


def alarms_for(settings: Settings, queue: str) -> tuple[Alarm, ...]:
    """The alarms of one dead-letter queue.

    They use our own metrics: SQS does not count what it moves to a dead-letter queue itself in NumberOfMessagesSent,
    and its ages there begin with the move.
    """
    period = settings.alarm_period_seconds

    def alarm(kind: AlarmKind, metric: MetricName, threshold: float, missing: MissingData, meaning: str) -> Alarm:
        statistic = "p95" if kind is AlarmKind.LATENCY else "Maximum"
        # One late check is not an outage of the watch.
        periods = 5 if kind is AlarmKind.IDLE else 1
        return Alarm(kind, queue, metric, threshold, period, missing, meaning, statistic, periods)

    return (
        alarm(
            AlarmKind.DEPTH,
            MetricName.UNRECOVERED,
            settings.alarm_depth,
            MissingData.KEEP,
            "Messages wait to be recovered.",
        ),
        alarm(
            AlarmKind.GROWTH,
            MetricName.GROWTH,
            settings.alarm_growth,
            MissingData.GOOD,
            "Messages arrive faster than they are recovered.",
        ),
        alarm(
            AlarmKind.RETENTION,
            MetricName.RETENTION_USED,
            settings.alarm_retention_percent,
            MissingData.KEEP,
            "The oldest message is close to the day on which SQS drops it.",
        ),
        alarm(
            AlarmKind.LATENCY,
            MetricName.RECOVERY_LATENCY,
            settings.alarm_latency_seconds * 1000,
            MissingData.GOOD,
            "Messages take too long from received to settled.",
        ),
        alarm(
            AlarmKind.QUARANTINE,
            MetricName.QUARANTINE_RATE,
            settings.alarm_quarantine_percent,
            MissingData.GOOD,
            "A run quarantined an unusual share of what it received.",
        ),
        alarm(
            AlarmKind.IDLE,
            MetricName.HOURS_SINCE_LAST_RUN,
            settings.alarm_idle_hours,
            MissingData.BAD,
            "No recovery has come to its end for too long, or nobody watches.",
        ),
    )


def breaches(alarms: Iterable[Alarm], metrics: Sequence[Metric]) -> list[Breach]:
    """The alarms whose threshold these metrics reach."""
    values = [(alarm, alarm.value_in(metrics)) for alarm in alarms]
    return [Breach(alarm, value) for alarm, value in values if value is not None and value >= alarm.threshold]


def parse_alarm_name(name: str) -> tuple[str, AlarmKind] | None:
    """The queue and the kind that an alarm's name stands for; None if it is not one of ours."""
    queue, _, kind = name.removeprefix(PREFIX).rpartition("-")
    if not (name.startswith(PREFIX) and queue and kind in set(AlarmKind)):
        return None
    return queue, AlarmKind(kind)
