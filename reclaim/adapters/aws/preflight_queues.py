"""Reads the source queue and the dead-letter queue for the preflight."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from reclaim.adapters.aws.connection import aws_service, translated
from reclaim.adapters.aws.sqs import contract_tag
from reclaim.model.clock import Clock
from reclaim.model.errors import SettingsError
from reclaim.model.message import queue_name
from reclaim.preflight.items import skew_seconds
from reclaim.preflight.queues import QueueAttributes, QueuesSeen

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class QueueProbe:
    """Reads attributes; receives nothing.

    Args:
        dead_letters: name or URL of the dead-letter queue.
        source: name of the queue that redrives into it; empty for any queue that does.
    """

    def __init__(self, dead_letters: str, source: str, clock: Clock) -> None:
        self._sqs: SQSClient = aws_service("sqs")
        self._dead_letters = dead_letters
        self._source = source
        self._clock = clock
        self._skew: float | None = None

    def read(self) -> QueuesSeen:
        """Both queues, and AWS's clock, by the date header of an answer.

        Raises:
            QueueUnavailable: SQS cannot be reached.
            SettingsError: the credentials may not read a queue's attributes.
        """
        dead_letters = self._attributes(self._dead_letters)
        source = self._source or (self._redriving(self._dead_letters) if dead_letters else "")
        seen = self._attributes(source) if source else None
        names = [(self._dead_letters, dead_letters)] + ([(source, seen)] if source else [])
        missing = tuple(queue_name(name) for name, found in names if found is None)
        return QueuesSeen(dead_letters, seen, missing, self._skew)

    def _attributes(self, queue: str) -> QueueAttributes | None:
        try:
            with translated(f"queue {queue_name(queue)}"):
                asked = self._clock.now()
                url = self._url(queue)
                answer: Any = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
        except SettingsError as error:
            if "does not exist" in error.what:
                return None
            raise
        self._skew = _skew(asked, self._clock.now(), answer)
        return _of(answer["Attributes"], contract_tag(self._sqs, url) or "")

    def _redriving(self, queue: str) -> str:
        """The URL of a queue that redrives into `queue`; empty if none does."""
        with translated(f"queue {queue_name(queue)}"):
            return next(iter(self._sqs.list_dead_letter_source_queues(QueueUrl=self._url(queue))["queueUrls"]), "")

    def _url(self, queue: str) -> str:
        return queue if "://" in queue else self._sqs.get_queue_url(QueueName=queue)["QueueUrl"]


def _of(held: Mapping[str, str], contract: str) -> QueueAttributes:
    policy = json.loads(held.get("RedrivePolicy") or "{}")
    return QueueAttributes(
        name=queue_name(held["QueueArn"]),
        arn=held["QueueArn"],
        retention=timedelta(seconds=int(held["MessageRetentionPeriod"])),
        visibility=timedelta(seconds=int(held["VisibilityTimeout"])),
        redrives_to=policy.get("deadLetterTargetArn", ""),
        max_receives=int(policy.get("maxReceiveCount", 0)),
        contract=contract,
    )


def _skew(asked: datetime, answered: datetime, answer: Mapping[str, Any]) -> float | None:
    said = answer["ResponseMetadata"]["HTTPHeaders"].get("date")
    return skew_seconds(asked, answered, parsedate_to_datetime(said), timedelta(seconds=1)) if said else None
