"""Metrics: names, units and values, as they are published."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

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
    """Every metric that a check of a queue publishes."""

    UNRECOVERED = "Unrecovered"
    """Messages: visible, in flight (deferred ones are) and delayed."""
    GROWTH = "Growth"
    OLDEST_MESSAGE_AGE = "OldestMessageAge"
    """From the first send; SQS's own metric of that name starts again in a dead-letter queue."""
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
