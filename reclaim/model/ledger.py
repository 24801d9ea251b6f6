"""The ledger: one entry per message in `dead_letters`, written before anything else happens to the message."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from reclaim.model.message import Message, MessageAttribute, ReleasedFrom
from reclaim.model.outcome import Cause, Outcome


class ResolutionKind(StrEnum):
    """How a settled message was dealt with afterwards; each message at most once."""

    RELEASED = "released"
    """A quarantined message went through the pipeline again, edited, as a new entry of the ledger."""
    DISCARDED = "discarded"
    """A quarantined message was written off, with a reason."""
    UNDONE = "undone"
    """What the message did was taken back, and the message returned to the dead-letter queue."""


@dataclass(frozen=True, slots=True)
class Resolution:
    """One later decision about one message.

    Attributes:
        run_id: the run that took it.
        at: when, UTC.
        reason: why, in the operator's words.
        became: the message that took this one's place (its ID in the ledger or in SQS); empty where none did.
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
        delivery_id: unique per batch; whoever's delivery stands on a settled entry is who settled it.
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
        before: the client's document before the write; None where there was none or nothing was written.
        wrote: whether this message changed a client.
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
        outcome: None until the message is accounted for.
        steps: when each step was reached, UTC, by name: sent, received, recorded, decided, written, settled,
            deleted, deferred.
        attempts: how many deliveries were recorded.
        run_id: the run that settled it, or the last that recorded it.
        resolution: what was done about the message after its run; None where nothing was.
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
        record_key: None where the message names no client.
        sent_at: when the message was first sent, UTC.
    """

    record_key: str | None
    outcome: Outcome
    cause: Cause
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the write-ahead found: the messages that are this delivery's to handle, and those long settled.

    A message is handled with the body under which its message was first written down.
    """

    fresh: tuple[Message, ...]
    settled: tuple[Message, ...]
