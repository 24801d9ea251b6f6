"""A check of a queue as CloudWatch metrics."""

from __future__ import annotations

from collections.abc import Iterator

from reclaim.model.metric import Metric, MetricName, Unit
from reclaim.model.outcome import Outcome
from reclaim.model.queue_check import Look, RunFigures


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
