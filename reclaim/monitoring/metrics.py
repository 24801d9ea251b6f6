"""The metrics of a check of a queue, and latencies as CloudWatch takes them: few values, each with how often."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Final

from reclaim.model.metric import Metric, MetricName, Unit
from reclaim.model.outcome import Outcome
from reclaim.model.percentiles import nearest_rank
from reclaim.model.queue_check import QueueCheck, RunFigures

_STEP: Final = 1.15
_LONGEST_MS: Final = 12 * 60 * 60 * 1000
"""No message is in hand for longer than the longest visibility timeout."""


def metrics_of(check: QueueCheck) -> list[Metric]:
    """Everything that `check` found. What is not known is left out, never published as 0."""
    singles = [
        (MetricName.UNRECOVERED, Unit.COUNT, check.unrecovered),
        (MetricName.GROWTH, Unit.COUNT_PER_SECOND, check.growth),
        (MetricName.OLDEST_MESSAGE_AGE, Unit.SECONDS, check.oldest_seconds),
        (MetricName.RETENTION_USED, Unit.PERCENT, check.retention_percent),
        (MetricName.ESTIMATED_TIME, Unit.SECONDS, check.eta_seconds),
        (MetricName.HOURS_SINCE_LAST_RUN, Unit.NONE, check.hours_since_run),
    ]
    metrics = [Metric(name, unit, check.queue, {value: 1}) for name, unit, value in singles if value is not None]
    for currency, minor in (check.money_at_risk or {}).items():
        # CloudWatch has only doubles; whole minor units are exact up to 2^53.
        dimensions = {"Currency": currency}
        metrics.append(Metric(MetricName.MONEY_AT_RISK, Unit.NONE, check.queue, {minor: 1}, dimensions))
    for run in check.ended:
        metrics += _metrics_of_run(check.queue, run)
    return metrics


def _metrics_of_run(queue: str, run: RunFigures) -> Iterator[Metric]:
    for outcome in Outcome:
        count = run.counts.get(outcome.value, 0)
        yield Metric(MetricName.MESSAGES, Unit.COUNT, queue, {count: 1}, {"Outcome": outcome.value})
    if run.quarantine_percent is not None:
        yield Metric(MetricName.QUARANTINE_RATE, Unit.PERCENT, queue, {run.quarantine_percent: 1})
    if run.latencies:
        yield Metric(MetricName.RECOVERY_LATENCY, Unit.MILLISECONDS, queue, run.latencies)


def distribution(steps: Iterable[Mapping[str, datetime]]) -> dict[float, int]:
    """Milliseconds from received to settled, and how many messages took so long.

    Each is rounded up to the next of 127 values that lie 15 % apart, so that a percentile is never too low.
    """
    counted: Counter[float] = Counter()
    for times in steps:
        if "received" in times and "settled" in times:
            counted[_rounded_up((times["settled"] - times["received"]).total_seconds() * 1000)] += 1
    return dict(sorted(counted.items()))


def percentile(values: Mapping[float, int], percent: int) -> float | None:
    """The nearest rank of values that are given with how often each occurred; None where there are none."""
    ordered = sorted(Counter(values).elements())
    return nearest_rank(ordered, percent) if ordered else None


def _rounded_up(milliseconds: float) -> float:
    if milliseconds <= 1:
        return 1.0
    # The tolerance keeps a value that is on a step where it is.
    step = math.ceil(math.log(min(milliseconds, _LONGEST_MS), _STEP) - 1e-9)
    return round(_STEP**step, 3)
