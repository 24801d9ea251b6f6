"""The task that finds out what a run leaves unbilled, and until when."""

from __future__ import annotations

from dataclasses import dataclass

from reclaim.adapters.bootstrap import Ports
from reclaim.exposure.assessment import assess
from reclaim.exposure.claims import Claims
from reclaim.exposure.money_at_risk import Exposure
from reclaim.exposure.retention import Deadlines, ExpectedPace, Retention, RetentionOutlook
from reclaim.recovery.drain import DrainProgress
from tasks.retrying import step


@dataclass(frozen=True, slots=True)
class Prospect:
    """What is left to be billed after a run, and of its queue."""

    exposure: Exposure
    outlook: RetentionOutlook


@step
def read_prospect(ports: Ports, run_id: str, left: int, progress: DrainProgress) -> Prospect:
    """The uncharged applications of the records that the run's messages name, and when what it deferred is dropped.

    `left` messages remain in the queue; they are drained at the run's own pace, or at the configured rate where it
    has none.
    """
    queue = ports.queue
    claims, deadlines = Claims(), Deadlines(Retention(queue.name, queue.retention()))
    claims.add_mentions(ports.ledger.mentions(queue.name, ports.contract.name, run_id), deadlines.add)
    assessment = assess(claims, ports.records, ports.applications)
    pace = _pace(progress, ports.settings.rate)
    return Prospect(assessment.exposure, deadlines.outlook(left, pace, ports.clock.now(), assessment.due))


def _pace(progress: DrainProgress, rate: float) -> ExpectedPace:
    done = progress.counts.accounted - progress.counts.deferred + progress.reacknowledged
    if done and progress.busy_seconds > 0:
        return ExpectedPace(messages_per_second=done / progress.busy_seconds, basis="this run")
    return ExpectedPace(messages_per_second=rate, basis="the configured rate, a ceiling")
