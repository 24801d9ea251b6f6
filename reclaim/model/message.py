"""Messages: as a queue handed them over, and on their way into one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from reclaim.model.fingerprint import text_sha256

MAX_VISIBILITY_SECONDS: Final = 12 * 60 * 60
"""The longest time for which SQS hides a message."""

CALL_LIMIT: Final = 10
"""The most messages that SQS takes in one call."""

CALL_BYTES: Final = 256 * 1024
"""What every server takes in one call; SQS itself takes four times that. A larger message is sent alone."""

_BEFORE_NAME: Final = re.compile(r".*[/:]", re.DOTALL)

_GENERATION: Final = re.compile(r"(?s)(.+)~([1-9][0-9]*)")


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
class Message:
    """One delivery of one message.

    Attributes:
        message_id: what SQS calls the message; the same at every delivery.
        receipt_handle: what deletes or hides *this* delivery.
        body: the text as received.
        sent_at: when the producer first sent it (survives the move to the dead-letter queue), UTC.
        received_at: when this delivery was received, UTC.
        receive_count: how often SQS has delivered it, this delivery included.
        attributes: SQS's own attributes by name.
        message_attributes: the sender's attributes.
        released_from: where it comes from, if not from a queue.
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

    @property
    def body_sha256(self) -> str:
        """The fingerprint of the body's UTF-8 bytes, in hexadecimal."""
        return text_sha256(self.body)

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


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to be sent.

    Attributes:
        attributes: the sender's message attributes; values that are bytes are sent as binary.
        trace_header: the AWS X-Ray header, the one system attribute that a sender may set; empty for none.
    """

    body: str
    attributes: tuple[MessageAttribute, ...] = ()
    trace_header: str = ""

    @classmethod
    def of(cls, body: str, values: Mapping[str, str | bytes]) -> Outgoing:
        """A message whose attributes are texts and bytes, by name."""
        kinds = {name: "Binary" if isinstance(value, bytes) else "String" for name, value in values.items()}
        return cls(body, tuple(MessageAttribute(name, kinds[name], value) for name, value in values.items()))

    @property
    def size(self) -> int:
        """The bytes that SQS counts: the body, and each attribute's name, type and value."""
        texts = [self.body, *(text for one in self.attributes for text in (one.name, one.type, one.value))]
        return sum(len(text if isinstance(text, bytes) else text.encode()) for text in texts)


def in_calls(messages: Iterable[Outgoing]) -> Iterator[list[Outgoing]]:
    """`messages` in their order, as many at a time as one call can take."""
    call: list[Outgoing] = []
    size = 0
    for message in messages:
        if call and (len(call) == CALL_LIMIT or size + message.size > CALL_BYTES):
            yield call
            call, size = [], 0
        call.append(message)
        size += message.size
    if call:
        yield call


def queue_name(queue: str) -> str:
    """The name of the queue that a name, a URL or an ARN stands for; a slash at the end does not count."""
    return _BEFORE_NAME.sub("", queue.rstrip("/"))


def released_id(message_id: str) -> str:
    """The ID of the message that this one becomes when it is released from quarantine: ``m`` → ``m~1`` → ``m~2``."""
    found = _GENERATION.fullmatch(message_id)
    return f"{found[1]}~{int(found[2]) + 1}" if found else f"{message_id}~1"
