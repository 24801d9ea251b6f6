"""An SQS queue as the core wants it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from reclaim.adapters.aws.connection import aws_service, translated
from reclaim.model.batched import batched
from reclaim.model.errors import QueueUnavailable, SettingsError
from reclaim.model.message import CALL_LIMIT, Message, MessageAttribute, QueueDepth, Receipt, queue_name

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_log = logging.getLogger(__name__)

CONTRACT_TAG: Final = "reclaim:contract"
"""The queue's tag that names the contract of its messages."""

_TRIES: Final = 3
_PAUSE_SECONDS: Final = 0.2
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class SqsQueue:
    """One queue.

    Args:
        queue: its name or its URL.
        connections: how many threads may call at once.

    Each method raises:
        SettingsError: there is no such queue, or the credentials do not suffice.
        QueueUnavailable: SQS cannot be reached.
    """

    def __init__(self, queue: str, *, connections: int = 10) -> None:
        self._sqs: SQSClient = aws_service("sqs", connections=connections)
        self._queue = queue
        self._name = queue_name(queue)

    @property
    def name(self) -> str:
        """The queue's name."""
        return self._name

    @cached_property
    def url(self) -> str:
        """The queue's URL; looked up at first use."""
        with self._translated():
            return self._queue if "://" in self._queue else self._sqs.get_queue_url(QueueName=self._queue)["QueueUrl"]

    def receive(self, limit: int, wait_seconds: int, visibility_seconds: int) -> list[Message]:
        """One ReceiveMessage call."""
        with self._translated():
            answer = self._sqs.receive_message(
                QueueUrl=self.url,
                MaxNumberOfMessages=limit,
                WaitTimeSeconds=wait_seconds,
                VisibilityTimeout=visibility_seconds,
                MessageSystemAttributeNames=["All"],
                MessageAttributeNames=["All"],
            )
        now = datetime.now(UTC)
        return [_message(message, now) for message in answer.get("Messages", ())]

    def delete(self, receipts: Sequence[Receipt]) -> list[str]:
        """DeleteMessageBatch in tens; what fails on the server's side is tried again."""

        def call(entries: list[dict[str, Any]]) -> Mapping[str, Any]:
            return self._sqs.delete_message_batch(QueueUrl=self.url, Entries=entries)  # type: ignore[arg-type]

        return self._in_tens(call, receipts, lambda receipt: {"ReceiptHandle": receipt.handle})

    def hide(self, receipts: Mapping[Receipt, int]) -> list[str]:
        """ChangeMessageVisibilityBatch in tens; what fails on the server's side is tried again."""

        def call(entries: list[dict[str, Any]]) -> Mapping[str, Any]:
            return self._sqs.change_message_visibility_batch(QueueUrl=self.url, Entries=entries)  # type: ignore[arg-type]

        def entry(receipt: Receipt) -> dict[str, Any]:
            return {"ReceiptHandle": receipt.handle, "VisibilityTimeout": receipts[receipt]}

        return self._in_tens(call, receipts, entry)

    def depth(self) -> QueueDepth:
        """The three approximate numbers of GetQueueAttributes."""
        with self._translated():
            attributes = self._sqs.get_queue_attributes(
                QueueUrl=self.url,
                AttributeNames=[
                    "ApproximateNumberOfMessages",
                    "ApproximateNumberOfMessagesNotVisible",
                    "ApproximateNumberOfMessagesDelayed",
                ],
            )["Attributes"]
        return QueueDepth(
            visible=int(attributes["ApproximateNumberOfMessages"]),
            in_flight=int(attributes["ApproximateNumberOfMessagesNotVisible"]),
            delayed=int(attributes["ApproximateNumberOfMessagesDelayed"]),
        )

    def retention(self) -> timedelta:
        """The queue's MessageRetentionPeriod."""
        with self._translated():
            answer = self._sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["MessageRetentionPeriod"])
        return timedelta(seconds=int(answer["Attributes"]["MessageRetentionPeriod"]))

    def contract(self) -> str:
        """The tag `CONTRACT_TAG`, read once; empty where the queue has none, or where its tags cannot be read."""
        return self._contract or ""

    @cached_property
    def _contract(self) -> str | None:
        return contract_tag(self._sqs, self.url)

    def _translated(self) -> Any:  # noqa: ANN401
        return translated(f"queue {self._name}")

    def _in_tens(
        self,
        call: Callable[[list[dict[str, Any]]], Mapping[str, Any]],
        receipts: Iterable[Receipt],
        entry: Callable[[Receipt], dict[str, Any]],
    ) -> list[str]:
        """Batch calls fail in part: the parts that may succeed are tried again, the others are named."""
        refused: list[str] = []
        for part in batched(receipts, CALL_LIMIT):
            chunk = part
            for attempt in range(1, _TRIES + 1):
                entries = [{"Id": str(number), **entry(receipt)} for number, receipt in enumerate(chunk)]
                with self._translated():
                    failed = call(entries).get("Failed", [])
                refused += [chunk[int(f["Id"])].message_id for f in failed if f["SenderFault"] or attempt == _TRIES]
                chunk = [chunk[int(f["Id"])] for f in failed if not f["SenderFault"]]
                if not chunk or attempt == _TRIES:
                    break
                time.sleep(_PAUSE_SECONDS * attempt)
        return refused


def contract_tag(sqs: SQSClient, url: str) -> str | None:
    """The contract that the queue at `url` is tagged for, by ListQueueTags; empty where it has no such tag.

    None, and a warning in the log, where the credentials or the server do not allow tags to be read: an older policy
    must not stop a recovery.

    Raises:
        QueueUnavailable: SQS cannot be reached.
    """
    try:
        with translated(f"queue {queue_name(url)}"):
            return sqs.list_queue_tags(QueueUrl=url).get("Tags", {}).get(CONTRACT_TAG, "")
    except QueueUnavailable as error:
        if not _is_not_implemented(error.__cause__):
            raise
        reason = str(error)
    except (SettingsError, ClientError) as error:
        reason = str(error)
    _log.warning("the tags of queue %s cannot be read, so its contract is not known: %s", queue_name(url), reason)
    return None


def _is_not_implemented(error: BaseException | None) -> bool:
    if not isinstance(error, ClientError):
        return False
    return error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") == HTTPStatus.NOT_IMPLEMENTED


def _message(message: Mapping[str, Any], now: datetime) -> Message:
    attributes = message.get("Attributes", {})
    return Message(
        message_id=message["MessageId"],
        receipt_handle=message["ReceiptHandle"],
        # SQS refuses lone surrogates, other servers may not; no store could hold one.
        body=message["Body"].encode("utf-8", "backslashreplace").decode(),
        sent_at=_EPOCH + timedelta(milliseconds=int(attributes["SentTimestamp"])),
        received_at=now.replace(microsecond=now.microsecond // 1000 * 1000),
        receive_count=int(attributes["ApproximateReceiveCount"]),
        attributes=dict(attributes),
        message_attributes=tuple(
            MessageAttribute(name, value["DataType"], value.get("StringValue", value.get("BinaryValue", "")))
            for name, value in message.get("MessageAttributes", {}).items()
        ),
    )
