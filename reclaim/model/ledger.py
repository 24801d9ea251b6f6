"""The ledger: one entry per message in `dead_letters`, written before anything else happens to the message."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from reclaim.model.message import DeadLetter, MessageAttribute, ReleasedFrom
from reclaim.model.outcome import Cause, Outcome
from reclaim.model.record import Superseded
from reclaim.model.resolution import Resolution


@dataclass(frozen=True, slots=True)
class Delivery:
    """One batch as one lane received it.

    Attributes:
        delivery_id: unique per batch; whoever's delivery stands on a settled entry is who settled it.
        received_at: when the first of its messages was received, UTC.
    """

    run_id: str
    delivery_id: str
    queue: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Settlement:
    """The outcome of one message, as it goes into the ledger.

    Attributes:
        before: the client's document before the write; None where there was none or nothing was written.
        wrote: whether this message changed a client.
        decided_at, written_at: when those steps of its batch ended, UTC.
    """

    message_id: str
    outcome: Outcome
    cause: Cause
    detail: str = ""
    client_id: str | None = None
    event_id: str | None = None
    occurred_at: datetime | None = None
    envelope: str = "raw"
    rate_minor: int | None = None
    currency: str | None = None
    wrote: bool = False
    before: dict[str, Any] | None = None
    decided_at: datetime | None = None
    written_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """What the ledger holds of one message.

    Attributes:
        outcome: None until the message is accounted for.
        steps: when each step was reached, UTC, by name: sent, received, recorded, decided, written, settled,
            deleted, deferred.
        attempts: how many deliveries were recorded.
        run_id: the run that settled it, or the last that recorded it.
        superseded_by, superseded: the message that took this one's place, and what that makes of this one; both
            None nearly always.
        resolution: what was done about the message after its run; None where nothing was.
        released_from: the quarantined message that this one was made of; None for one that came from a queue.
        stands_for: the message in whose place an undo sent this one; empty for nearly all.
    """

    message_id: str
    run_id: str
    delivery_id: str
    queue: str
    body: str
    body_sha256: str
    receive_count: int
    attempts: int
    outcome: Outcome | None = None
    cause: Cause | None = None
    detail: str = ""
    envelope: str | None = None
    client_id: str | None = None
    event_id: str | None = None
    occurred_at: datetime | None = None
    rate_minor: int | None = None
    currency: str | None = None
    wrote: bool = False
    before: dict[str, Any] | None = None
    superseded_by: str | None = None
    superseded: Superseded | None = None
    resolution: Resolution | None = None
    released_from: ReleasedFrom | None = None
    stands_for: str = ""
    steps: dict[str, datetime] = field(default_factory=dict)
    attributes: dict[str, str] = field(default_factory=dict)
    message_attributes: tuple[MessageAttribute, ...] = ()

    @property
    def rank(self) -> str:
        """What it goes by among events of the same moment: the ID under which it came first."""
        return self.stands_for or self.message_id

    @property
    def is_settled(self) -> bool:
        """Whether the message's outcome is final, so that it only remains to be deleted."""
        return self.outcome is not None and self.outcome.is_final

    @property
    def is_open(self) -> bool:
        """Whether the message is quarantined and nobody has dealt with it yet."""
        return self.outcome is Outcome.QUARANTINED and self.resolution is None


@dataclass(frozen=True, slots=True)
class Mention:
    """What became of one message, and whose it is.

    Attributes:
        client_id: None where the message names no client.
        sent_at: when the message was first sent, UTC.
    """

    client_id: str | None
    outcome: Outcome
    cause: Cause
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the write-ahead found: the letters that are this delivery's to handle, and those long settled.

    A letter is handled with the body under which its message was first written down.
    """

    fresh: tuple[DeadLetter, ...]
    settled: tuple[DeadLetter, ...]
