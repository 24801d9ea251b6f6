"""What the dashboards show: CloudWatch's and Grafana's are both rendered from these rows."""

from __future__ import annotations

from typing import Final

from reclaim.model.metric import MetricName, Unit
from reclaim.model.outcome import Outcome
from reclaim.monitoring.alarms import AlarmKind
from reclaim.monitoring.panels import EVERY, SQS, Panel, PanelRow, Series, Style


def _sqs(label: str, metric: str, statistic: str = "Maximum") -> Series:
    return Series(label, metric, statistic, SQS)


_BY_OUTCOME: Final = tuple(
    Series(outcome.value, MetricName.MESSAGES, "Sum", dimensions={"Outcome": outcome.value}) for outcome in Outcome
)

ROWS: Final = (
    PanelRow(
        "Backlog",
        (
            Panel(
                "Messages that wait",
                "Everything in the dead-letter queue: visible, in flight and put off. It should be 0. From the line on"
                " an alarm starts a recovery by itself; if this does not fall some minutes later, look at Prefect and"
                " its worker, or type `reclaim recover`.",
                Unit.COUNT,
                (Series("waiting", MetricName.UNRECOVERED),),
                AlarmKind.DEPTH,
            ),
            Panel(
                "The queue as SQS counts it",
                "In flight are those that a recovery has in hand, or has put off for later. Many in flight while none"
                " is running: they become visible again by themselves, so wait.",
                Unit.COUNT,
                (
                    _sqs("visible", "ApproximateNumberOfMessagesVisible"),
                    _sqs("in flight", "ApproximateNumberOfMessagesNotVisible"),
                ),
            ),
            Panel(
                "Growth",
                "Messages per second by which the backlog grows; below 0 it shrinks. Above the line they arrive faster"
                " than they are recovered: their sender still has the defect. `reclaim preflight` says who owns what.",
                Unit.COUNT_PER_SECOND,
                (Series("growth", MetricName.GROWTH),),
                AlarmKind.GROWTH,
                floor=None,
            ),
        ),
    ),
    PanelRow(
        "Time left",
        (
            Panel(
                "Age of the oldest",
                "Since the oldest waiting message was first sent, to any queue. Known from a sample, so perhaps too"
                " low while more wait than a sample holds.",
                Unit.SECONDS,
                (Series("oldest", MetricName.OLDEST_MESSAGE_AGE),),
            ),
            Panel(
                "Retention used",
                "How much of the time that SQS keeps it the oldest message has used up. At 100 % SQS deletes it and"
                " it is lost. Above the line: recover now, whatever else is wrong.",
                Unit.PERCENT,
                (Series("used", MetricName.RETENTION_USED),),
                AlarmKind.RETENTION,
            ),
            Panel(
                "A recovery would take",
                "All that waits, at the pace of the last completed recovery. If this is longer than what is left of the"
                " retention, raise RECLAIM_RATE and RECLAIM_LANES.",
                Unit.SECONDS,
                (Series("estimate", MetricName.ESTIMATED_TIME),),
            ),
        ),
    ),
    PanelRow(
        "Throughput",
        (
            Panel(
                "Received and deleted per minute",
                "While a recovery runs both rise together. Received and not deleted: messages are being put off, so"
                " look at MongoDB first. A few received without a recovery are the watch's own samples.",
                Unit.COUNT,
                (
                    _sqs("received", "NumberOfMessagesReceived", "Sum"),
                    _sqs("deleted", "NumberOfMessagesDeleted", "Sum"),
                ),
            ),
            Panel(
                "Messages by outcome, in the time shown",
                "All recoveries that ended in the time chosen above. Deferred ones went back into the queue and are"
                " counted again by the next recovery.",
                Unit.COUNT,
                _BY_OUTCOME,
                style=Style.TOTALS,
            ),
        ),
    ),
    PanelRow(
        "Outcomes",
        (
            Panel(
                "Outcomes of each recovery",
                "For each minute in which recoveries ended. Quarantined ones need a person: `reclaim quarantine list`."
                " Deferred ones need another recovery, once MongoDB is well.",
                Unit.COUNT,
                _BY_OUTCOME,
                style=Style.STACK,
            ),
            Panel(
                "Quarantined share",
                "Of what a recovery received. Above the line something new is wrong with the events: the report's"
                " causes say what, `reclaim preflight` says who to call.",
                Unit.PERCENT,
                (Series("quarantined", MetricName.QUARANTINE_RATE),),
                AlarmKind.QUARANTINE,
            ),
        ),
    ),
    PanelRow(
        "Latency, money, runs",
        (
            Panel(
                "From received to settled",
                "Of single messages, told when their recovery ended. Half were quicker than p50, 99 of 100 quicker than"
                " p99. p95 above the line: look at MongoDB and at the run's report.",
                Unit.MILLISECONDS,
                tuple(Series(percent, MetricName.RECOVERY_LATENCY, percent) for percent in ("p50", "p95", "p99")),
                AlarmKind.LATENCY,
            ),
            Panel(
                "Money at risk",
                "Applications of the waiting records without a charge, in minor units (cents; yen have none)"
                " of each currency, never added up. Estimated from a sample. Where a line ends, none is at risk.",
                Unit.NONE,
                (Series("each currency", MetricName.MONEY_AT_RISK, dimensions={"Currency": EVERY}),),
            ),
            Panel(
                "Hours since the last recovery",
                "Since one last came to its end; one that was halted or killed did not. Above the line, or without any"
                " data: look at Prefect, its worker, and whether `reclaim watch` runs.",
                Unit.NONE,
                (Series("hours", MetricName.HOURS_SINCE_LAST_RUN),),
                AlarmKind.IDLE,
            ),
        ),
    ),
)
