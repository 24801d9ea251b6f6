"""Sends messages into an SQS queue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from reclaim.adapters.aws.connection import aws_service, translated
from reclaim.adapters.aws.sqs import SqsQueue
from reclaim.model.clock import Clock, SystemClock
from reclaim.model.errors import QueueUnavailable
from reclaim.model.message import MessageAttribute, Outgoing

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_TRIES: Final = 4
_PAUSE_SECONDS: Final = 0.3


class SqsSender:
    """See `reclaim.undo.ports.Sender`.

    Args:
        queue: the queue to send to.
        connections: how many threads may call at once.
    """

    def __init__(self, queue: SqsQueue, *, connections: int = 10, clock: Clock | None = None) -> None:
        self._sqs: SQSClient = aws_service("sqs", connections=connections)
        self._queue = queue
        self._clock = clock or SystemClock()

    def send(self, messages: Sequence[Outgoing]) -> list[str | None]:
        """One SendMessageBatch; what fails in part on the server's side is tried again."""
        sent: dict[int, str] = {}
        remaining = dict(enumerate(messages))
        for attempt in range(_TRIES):
            if not remaining:
                break
            if attempt:
                self._clock.sleep(_PAUSE_SECONDS * 2**attempt)
            try:
                ids, failed = self._call(remaining)
            except QueueUnavailable:
                if not attempt:
                    raise
                break  # what was sent before must be known to the caller, or it would be sent again
            sent |= ids
            remaining = {number: remaining[number] for number in failed}
        return [sent.get(number) for number in range(len(messages))]

    def _call(self, messages: Mapping[int, Outgoing]) -> tuple[dict[int, str], list[int]]:
        """The new IDs by number, and the numbers that may succeed another time."""
        entries: list[Any] = [{"Id": str(number), **_entry(message)} for number, message in messages.items()]
        with translated(f"queue {self._queue.name}"):
            answer = self._sqs.send_message_batch(QueueUrl=self._queue.url, Entries=entries)
        ids = {int(one["Id"]): one["MessageId"] for one in answer.get("Successful", ())}
        return ids, [int(one["Id"]) for one in answer.get("Failed", ()) if not one["SenderFault"]]


def _entry(message: Outgoing) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "MessageBody": message.body,
        "MessageAttributes": {one.name: _attribute(one) for one in message.attributes},
    }
    if message.trace_header:
        header = MessageAttribute("AWSTraceHeader", "String", message.trace_header)
        entry["MessageSystemAttributes"] = {header.name: _attribute(header)}
    return entry


def _attribute(one: MessageAttribute) -> dict[str, str | bytes]:
    return {"DataType": one.type, "BinaryValue" if isinstance(one.value, bytes) else "StringValue": one.value}
