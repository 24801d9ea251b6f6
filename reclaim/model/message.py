"""A dead letter: one message as the queue handed it over."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class MessageAttribute:
    """One SQS message attribute, as its sender set it."""

    name: str
    type: str
    value: str | bytes


@dataclass(frozen=True, slots=True)
class ReleasedFrom:
    """Where a message comes from that was released from quarantine.

    Attributes:
        message_id: the quarantined message; it stays in the ledger as it was received.
        operator: who released it.
        edit: how it was edited: `as_is`, `merge_patch`, `json_patch`, `new_body` or `rule`.
        edit_sha256: the fingerprint of the edit in its canonical form; empty for `as_is`.
        rule, rule_version: the repair rule, where it was one.
    """

    message_id: str
    operator: str
    edit: str
    edit_sha256: str = ""
    rule: str = ""
    rule_version: int = 0


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One delivery of one message.

    Attributes:
        message_id: what SQS calls the message; the same at every delivery.
        receipt_handle: what deletes or hides *this* delivery.
        body: the text as received, never interpreted.
        sent_at: when the producer first sent it (survives the move to the dead-letter queue), UTC.
        received_at: when this delivery was received, UTC.
        receive_count: how often SQS has delivered it, this delivery included.
        attributes: SQS's own attributes by name.
        message_attributes: the sender's attributes.
        released_from: where it comes from, if not from a queue.
        stands_for: the message in whose place an undo sent it, the first of them; empty for nearly all.
    """

    message_id: str
    receipt_handle: str
    body: str
    sent_at: datetime
    received_at: datetime
    receive_count: int = 1
    attributes: dict[str, str] = field(default_factory=dict)
    message_attributes: tuple[MessageAttribute, ...] = ()
    released_from: ReleasedFrom | None = None
    stands_for: str = ""

    @property
    def body_sha256(self) -> str:
        """The fingerprint of the body's UTF-8 bytes, in hexadecimal."""
        return hashlib.sha256(self.body.encode("utf-8", "surrogatepass")).hexdigest()

    @property
    def rank(self) -> str:
        """What it goes by among events of the same moment: the ID under which it came first."""
        return self.stands_for or self.message_id

    @property
    def receipt(self) -> Receipt:
        """What is needed to delete or hide this delivery."""
        return Receipt(self.message_id, self.receipt_handle, self.receive_count)


@dataclass(frozen=True, slots=True)
class Receipt:
    """The claim on one delivery, without the message."""

    message_id: str
    handle: str
    receive_count: int = 1


@dataclass(frozen=True, slots=True)
class QueueDepth:
    """What SQS says a queue holds, approximately.

    `visible` alone is no proof of anything: it falls while messages are merely in flight.
    """

    visible: int
    in_flight: int
    delayed: int

    @property
    def total(self) -> int:
        """All messages that are not deleted."""
        return self.visible + self.in_flight + self.delayed
