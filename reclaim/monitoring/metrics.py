"""A look as CloudWatch metrics: names, units, dimensions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from reclaim.model.outcome import Outcome
from reclaim.model.queue_check import Look, RunFigures

NAMESPACE: Final = "Reclaim"


class Unit(StrEnum):
    """CloudWatch's names of units."""

    COUNT = "Count"
    COUNT_PER_SECOND = "Count/Second"
    SECONDS = "Seconds"
    MILLISECONDS = "Milliseconds"
    PERCENT = "Percent"
    NONE = "None"


class MetricName(StrEnum):
    """Every metric that a look publishes."""

    UNRECOVERED = "Unrecovered"
    """Messages: visible, in flight (deferred ones are) and delayed."""
    GROWTH = "Growth"
    OLDEST_MESSAGE_AGE = "OldestMessageAge"
    """From the first send, which SQS's own metric of that name does not know in a dead-letter queue."""
    RETENTION_USED = "RetentionUsed"
    ESTIMATED_TIME = "EstimatedRecoveryTime"
    MONEY_AT_RISK = "MoneyAtRisk"
    """Minor units of the currency in the dimension."""
    HOURS_SINCE_LAST_RUN = "HoursSinceLastRun"
    MESSAGES = "Messages"
    """With each outcome, in the runs that ended."""
    QUARANTINE_RATE = "QuarantineRate"
    RECOVERY_LATENCY = "RecoveryLatency"
    """From received to settled, of single messages."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One datum.

    Attributes:
        dimensions: beside the queue, which all have.
        values: each value with how often it occurred.
    """

    name: MetricName
    unit: Unit
    queue: str
    values: dict[float, int]
    dimensions: dict[str, str] = field(default_factory=dict)


def metrics_of(look: Look) -> list[Metric]:
    """Everything that `look` says. What it does not know is left out, never published as 0."""
    singles = [
        (MetricName.UNRECOVERED, Unit.COUNT, look.unrecovered),
        (MetricName.GROWTH, Unit.COUNT_PER_SECOND, look.growth),
        (MetricName.OLDEST_MESSAGE_AGE, Unit.SECONDS, look.oldest_seconds),
        (MetricName.RETENTION_USED, Unit.PERCENT, look.retention_percent),
        (MetricName.ESTIMATED_TIME, Unit.SECONDS, look.eta_seconds),
        (MetricName.HOURS_SINCE_LAST_RUN, Unit.NONE, look.hours_since_run),
    ]
    metrics = [Metric(name, unit, look.queue, {value: 1}) for name, unit, value in singles if value is not None]
    for currency, minor in look.money_at_risk.items():
        # CloudWatch has only doubles; whole minor units are exact up to 2^53.
        dimensions = {"Currency": currency}
        metrics.append(Metric(MetricName.MONEY_AT_RISK, Unit.NONE, look.queue, {minor: 1}, dimensions))
    for run in look.ended:
        metrics += _metrics_of_run(look.queue, run)
    return metrics


def _metrics_of_run(queue: str, run: RunFigures) -> Iterator[Metric]:
    for outcome in Outcome:
        count = run.counts.get(outcome.value, 0)
        yield Metric(MetricName.MESSAGES, Unit.COUNT, queue, {count: 1}, {"Outcome": outcome.value})
    if run.quarantine_percent is not None:
        yield Metric(MetricName.QUARANTINE_RATE, Unit.PERCENT, queue, {run.quarantine_percent: 1})
    if run.latencies:
        yield Metric(MetricName.RECOVERY_LATENCY, Unit.MILLISECONDS, queue, run.latencies)
