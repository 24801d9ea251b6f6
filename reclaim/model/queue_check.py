"""One check of a dead-letter queue, and the state that it leaves for the next."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from reclaim.model.message import QueueDepth


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True)


class QueueSample(_Value):
    """Some messages of the queue, received and put back.

    Attributes:
        seen: how many were received; the queue may hold more.
        oldest_sent_at: when the oldest of them was first sent; None where none was received.
        money: by currency, the uncharged applications of the records that they name and that have no identity, in
            minor units; empty for a contract without a revenue side.
    """

    taken_at: datetime
    seen: int
    oldest_sent_at: datetime | None = None
    money: dict[str, int] = Field(default_factory=dict)


class RunFigures(_Value):
    """One run that ended since the last check.

    Attributes:
        counts: received and the outcomes, see `reclaim.model.outcome.Counts`.
        latencies: milliseconds from received to settled, and how many messages took so long.
    """

    run_id: str
    counts: dict[str, int]
    latencies: dict[float, int] = Field(default_factory=dict)

    @property
    def quarantine_percent(self) -> float | None:
        """Of what the run received; None where that was nothing."""
        received = self.counts.get("received", 0)
        return 100.0 * self.counts.get("quarantined", 0) / received if received else None


class QueueCheck(_Value):
    """What one check found.

    Attributes:
        growth: messages per second by which the queue grew since the last check, negative where it shrank; None
            where there was no last check.
        retention_seconds: how long after its first send a message is dropped.
        oldest_sent_at: when the oldest message known of was first sent; None for an empty queue, and where none was
            sampled yet.
        money_at_risk: by currency, the uncharged applications of the records that wait, in minor units; scaled up
            from the sample to the whole queue, so an estimate where the sample is smaller. None for a contract without
            a revenue side.
        eta_seconds: how long a recovery would take, see `reclaim.exposure.retention.expected_pace`.
        hours_since_run: since a recovery of this queue last came to its end; 0 while one runs. Where there was none:
            since the oldest message was sent, and 0 while there is nothing to recover.
        busy: a recovery of this queue is running.
        ended: the runs that ended since the last check.
    """

    queue: str
    taken_at: datetime
    depth: QueueDepth
    retention_seconds: float
    growth: float | None = None
    oldest_sent_at: datetime | None = None
    money_at_risk: dict[str, int] | None = Field(default_factory=dict)
    eta_seconds: float = 0.0
    hours_since_run: float = 0.0
    last_run_started_at: datetime | None = None
    busy: bool = False
    ended: tuple[RunFigures, ...] = ()

    @property
    def unrecovered(self) -> int:
        """Visible, in flight and delayed. A deferred message is hidden, so SQS counts it among those in flight."""
        return self.depth.total

    @property
    def oldest_seconds(self) -> float | None:
        """The age of the oldest message, from its first send; 0 for an empty queue, None where it is not known."""
        if not self.unrecovered:
            return 0.0
        return (self.taken_at - self.oldest_sent_at).total_seconds() if self.oldest_sent_at else None

    @property
    def retention_percent(self) -> float | None:
        """How much of the time that SQS keeps it the oldest message has used up."""
        age = self.oldest_seconds
        return None if age is None else 100.0 * age / self.retention_seconds

    def is_deadline_near(self, percent: float) -> bool:
        """Whether the oldest message has used up `percent` of its retention, or is dropped before a recovery ends.

        False while its age is not known.
        """
        used, oldest = self.retention_percent, self.oldest_seconds
        if not self.unrecovered or used is None or oldest is None:
            return False
        return used >= percent or oldest + self.eta_seconds > self.retention_seconds


class WatchState(_Value):
    """What a check leaves for the next.

    Attributes:
        runs: the runs that had ended, so that the figures of each are published once.
        above: the kinds of alarms whose threshold was reached.
        asked_at: when a recovery was last asked for.
        deadline_near: messages were about to be lost to retention.
    """

    queue: str
    checked_at: datetime
    unrecovered: int
    runs: frozenset[str] = frozenset()
    sample: QueueSample | None = None
    above: frozenset[str] = frozenset()
    asked_at: datetime | None = None
    deadline_near: bool = False
