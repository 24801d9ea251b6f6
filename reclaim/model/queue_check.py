"""One look at a dead-letter queue, and what is remembered of it until the next."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from reclaim.model.message import QueueDepth


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True)


class Sample(_Value):
    """Some messages of the queue, read and put back.

    Attributes:
        seen: how many were read; the queue may hold more.
        oldest_sent_at: when the oldest of them was first sent; None where none was seen.
        money: by currency, the uncharged applications of the clients that they name and that have no tracking ID, in
            minor units.
    """

    taken_at: datetime
    seen: int
    oldest_sent_at: datetime | None = None
    money: dict[str, int] = Field(default_factory=dict)


class RunFigures(_Value):
    """One run that ended since the last look.

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


class Look(_Value):
    """What one look found.

    Attributes:
        growth: messages per second by which the queue grew since the last look, negative where it shrank; None
            where there was no last look.
        retention_seconds: how long after its first send a message is dropped.
        oldest_sent_at: when the oldest message known of was first sent; None for an empty queue, and where none was
            sampled yet.
        money_at_risk: by currency, the uncharged applications of the clients that wait, in minor units; scaled up
            from the sample to the whole queue, so an estimate where the sample is smaller.
        eta_seconds: how long a recovery would take, see `reclaim.exposure.retention.expected_pace`.
        hours_since_run: since a recovery of this queue last came to its end or is at it now. Where there was none:
            since the oldest message was sent, and 0 while there is nothing to recover.
        busy: a recovery of this queue is running.
        ended: the runs that ended since the last look.
    """

    queue: str
    taken_at: datetime
    depth: QueueDepth
    retention_seconds: float
    growth: float | None = None
    oldest_sent_at: datetime | None = None
    money_at_risk: dict[str, int] = Field(default_factory=dict)
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


class Memory(_Value):
    """What a look leaves for the next.

    Attributes:
        runs: the runs that had ended, so that the figures of each are published once.
        above: the kinds of alarms whose threshold was reached.
        asked_at: when a recovery was last asked for.
        deadline_near: messages were about to be lost to retention.
    """

    queue: str
    looked_at: datetime
    unrecovered: int
    runs: frozenset[str] = frozenset()
    sample: Sample | None = None
    above: frozenset[str] = frozenset()
    asked_at: datetime | None = None
    deadline_near: bool = False
