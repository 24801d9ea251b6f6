"""The ledger: one entry per message in `dead_letters`, written before anything else happens to the message."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from reclaim.model.message import Message, MessageAttribute, ReleasedFrom
from reclaim.model.outcome import Cause, Outcome


class ResolutionKind(StrEnum):
    """What was decided about a settled message after its run; each message has at most one resolution."""

    RELEASED = "released"
    """A quarantined message was recovered again, edited or not, as a new entry of the ledger."""
    DISCARDED = "discarded"
    """A quarantined message was written off, with a reason."""
    UNDONE = "undone"
    """What the message changed was undone, and the message returned to the dead-letter queue."""


@dataclass(frozen=True, slots=True)
class Resolution:
    """One later decision about one message.

    Attributes:
        run_id: the run that took it.
        at: when, UTC.
        reason: why, in the operator's words.
        became: the ID, in the ledger or in SQS, of the message that this one continues as; empty where there is none.
    """

    message_id: str
    kind: ResolutionKind
    run_id: str
    at: datetime
    operator: str
    reason: str = ""
    became: str = ""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One batch as one lane received it.

    Attributes:
        delivery_id: unique per batch; a settled entry has the ID of the delivery that settled it.
        received_at: when the first of its messages was received, UTC.
        contract: the name of the contract that its messages are read by.
    """

    run_id: str
    delivery_id: str
    queue: str
    received_at: datetime
    contract: str


@dataclass(frozen=True, slots=True)
class Settlement:
    """The outcome of one message, as it goes into the ledger.

    Attributes:
        before: the record's document before the write; None where there was none or nothing was written.
        wrote: whether this message changed a record.
        decided_at, written_at: when those steps of its batch ended, UTC.
    """

    message_id: str
    outcome: Outcome
    cause: Cause
    detail: str = ""
    record_key: str | None = None
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
        outcome: None until the message is settled or deferred.
        steps: when each step was reached, UTC, by name: sent, received, recorded, decided, written, settled,
            deleted, deferred.
        attempts: how many deliveries were recorded.
        run_id: the run that settled it, or the last that recorded it.
        resolution: what was decided about the message after its run; None where nothing was.
        released_from: the quarantined message that this one was made of; None for one that came from a queue.
    """

    message_id: str
    run_id: str
    delivery_id: str
    queue: str
    contract: str
    body: str
    body_sha256: str
    receive_count: int
    attempts: int
    outcome: Outcome | None = None
    cause: Cause | None = None
    detail: str = ""
    envelope: str | None = None
    record_key: str | None = None
    event_id: str | None = None
    occurred_at: datetime | None = None
    rate_minor: int | None = None
    currency: str | None = None
    wrote: bool = False
    before: dict[str, Any] | None = None
    resolution: Resolution | None = None
    released_from: ReleasedFrom | None = None
    steps: dict[str, datetime] = field(default_factory=dict)
    attributes: dict[str, str] = field(default_factory=dict)
    message_attributes: tuple[MessageAttribute, ...] = ()

    @property
    def is_settled(self) -> bool:
        """Whether the message's outcome is final, so that it is only to be deleted from the queue."""
        return self.outcome is not None and self.outcome.is_final

    @property
    def is_open(self) -> bool:
        """Whether the message is quarantined and has no resolution yet."""
        return self.outcome is Outcome.QUARANTINED and self.resolution is None


@dataclass(frozen=True, slots=True)
class Mention:
    """The outcome of one message, and the record that it names.

    Attributes:
        record_key: None where the message names no record.
        sent_at: when the message was first sent, UTC.
    """

    record_key: str | None
    outcome: Outcome
    cause: Cause
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class Recorded:
    """The result of writing messages ahead.

    Attributes:
        fresh: the messages that this delivery has to handle, each with the body that was recorded first.
        settled: those that an earlier delivery settled; they are only to be deleted.
    """

    fresh: tuple[Message, ...]
    settled: tuple[Message, ...]
