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
    """

    message_id: str
    receipt_handle: str
    body: str
    sent_at: datetime
    received_at: datetime
    receive_count: int = 1
    attributes: dict[str, str] = field(default_factory=dict)
    message_attributes: tuple[MessageAttribute, ...] = ()

    @property
    def body_sha256(self) -> str:
        """The fingerprint of the body's UTF-8 bytes, in hexadecimal."""
        return hashlib.sha256(self.body.encode("utf-8", "surrogatepass")).hexdigest()

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
