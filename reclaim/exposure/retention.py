"""When SQS drops what is left in a queue, and whether a drain is done by then.

On a standard queue a message keeps the time of its first send when it moves to the dead-letter queue, and is dropped
that time plus the dead-letter queue's retention; four days' retention after one day in the source queue leave three. On
a FIFO queue the clock starts again with the move ("Setting-up dead-letter queue retention in Amazon SQS", Amazon SQS
Developer Guide). AWS does not say whether `SentTimestamp` starts again with it, nor when a message moved: there the
same sum is the earliest that a message can be dropped, never later than the truth.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from pydantic import Field

from reclaim.exposure.money_at_risk import UnchargedMoney
from reclaim.model.frozen import FrozenModel
from reclaim.model.run import RunRecord, RunState

FIRST_SEND: Final = "first send"
ARRIVAL: Final = "arrival in the dead-letter queue"

_SECOND: Final = timedelta(seconds=1)
_LONGEST: Final = 100 * 365 * 86_400.0
"""Seconds; the end of a slower drain might not be a valid date."""

_MIN_MESSAGES: Final = 100
"""A recovery of fewer shows no pace: it ends within its canary batches."""


def hour_of(moment: datetime) -> datetime:
    """The full hour that `moment` is in."""
    return moment.replace(minute=0, second=0, microsecond=0)


class ExpectedPace(FrozenModel):
    """How fast a drain is expected to be, in messages per second, and what that is based on."""

    messages_per_second: float
    basis: str


class FallsDue(FrozenModel):
    """What SQS drops within one hour.

    Attributes:
        hour: its beginning, UTC.
        messages: how many of the messages read.
        money: by currency, the uncharged applications of the records whose first message is among them.
    """

    hour: datetime
    messages: int
    money: dict[str, UnchargedMoney] = Field(default_factory=dict)


class RetentionOutlook(FrozenModel):
    """Whether a drain is done before the retention of its queue ends.

    Attributes:
        retention_seconds: the dead-letter queue's.
        clock: what starts it: `FIRST_SEND` or, on FIFO queues, `ARRIVAL`; then deadlines are the earliest possible.
        messages: how many are left to drain.
        first_deadline: when the first of the messages read is dropped; None where there are none.
        falls_due: what is dropped when, hour by hour; hours in which nothing is are left out.
        pace: at which the rest would be drained.
        eta: when that would be done, counted from when the queue was checked; None where nothing is left.
        late: whether that is after the first deadline, so that messages are lost.
    """

    retention_seconds: int
    clock: str
    messages: int
    first_deadline: datetime | None
    falls_due: tuple[FallsDue, ...]
    pace: ExpectedPace
    eta: datetime | None
    late: bool


@dataclass(frozen=True, slots=True)
class Retention:
    """How long a queue keeps its messages."""

    queue: str
    period: timedelta

    @property
    def clock(self) -> str:
        """What starts it. Only FIFO queues may, and must, be called something.fifo."""
        return ARRIVAL if self.queue.endswith(".fifo") else FIRST_SEND

    def deadline(self, sent_at: datetime) -> datetime:
        """When a message first sent at `sent_at` is dropped, or can be at the earliest; see the module."""
        return sent_at + self.period


class Deadlines:
    """Counts messages by the hour in which they are dropped, and keeps none of them."""

    def __init__(self, retention: Retention) -> None:
        self.retention = retention
        self._hours: Counter[datetime] = Counter()
        self._first: datetime | None = None

    def add(self, sent_at: datetime) -> datetime:
        """Count a message that is in the queue; its deadline."""
        deadline = self.retention.deadline(sent_at)
        self._hours[hour_of(deadline)] += 1
        self._first = min(self._first or deadline, deadline)
        return deadline

    def outlook(
        self, messages: int, pace: ExpectedPace, now: datetime, money: Mapping[datetime, Mapping[str, UnchargedMoney]]
    ) -> RetentionOutlook:
        """Set `messages` at `pace` from `now` against the deadlines; `money` by hour and currency."""
        eta = now + min(_LONGEST, messages / pace.messages_per_second) * _SECOND if messages else None
        hours = sorted(self._hours.keys() | money.keys())
        return RetentionOutlook(
            retention_seconds=round(self.retention.period.total_seconds()),
            clock=self.retention.clock,
            messages=messages,
            first_deadline=self._first,
            falls_due=tuple(
                FallsDue(hour=hour, messages=self._hours[hour], money=dict(money.get(hour, {}))) for hour in hours
            ),
            pace=pace,
            eta=eta,
            late=bool(eta and self._first and eta > self._first),
        )


def expected_pace(runs: Iterable[RunRecord], queue: str, rate: float) -> ExpectedPace:
    """The pace of the last completed recovery of `queue` among `runs` (newest first), never above `rate`.

    Without one that says anything, `rate` itself: the ceiling, so that the drain takes longer rather than shorter.
    """
    for run in runs:
        if run.queue == queue and _shows_a_pace(run):
            measured = float(run.timings["messages_per_second"])
            if measured <= rate:
                return ExpectedPace(messages_per_second=measured, basis=f"the last completed recovery, {run.run_id}")
            break
    return ExpectedPace(messages_per_second=rate, basis="the configured rate, a ceiling")


def _shows_a_pace(run: RunRecord) -> bool:
    return (
        run.kind == "recover"
        and run.state is RunState.COMPLETED
        and not run.parameters.get("dry_run")
        and run.counts.get("received", 0) >= _MIN_MESSAGES
        and run.timings.get("messages_per_second", 0) > 0
    )
