"""A message on its way into a queue, and how many of them one call to SQS may carry."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from reclaim.model.message import MessageAttribute

CALL_LIMIT: Final = 10
"""SQS takes no more messages in one call."""

CALL_BYTES: Final = 256 * 1024
"""As much as every server takes in one call, SQS itself today four times that. A message that is larger goes alone."""


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
