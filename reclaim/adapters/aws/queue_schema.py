"""The source queue and its dead-letter queue, as a recovery needs them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from reclaim.adapters.aws.connection import aws_service, translated
from reclaim.adapters.aws.sqs import CONTRACT_TAG, contract_tag
from reclaim.model.errors import SettingsError
from reclaim.model.message import queue_name

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

MAX_RECEIVES: Final = 3
"""How often the consumer may fail on a message before SQS moves it to the dead-letter queue."""

_FOURTEEN_DAYS: Final = str(14 * 24 * 60 * 60)
"""The longest retention SQS offers. The clock runs from the first send, also in the dead-letter queue."""


class QueueSchema:
    """Brings the two queues to the state a recovery needs; changes nothing else about them.

    Args:
        source: name of the queue that the events are sent to.
        dead_letters: name of its dead-letter queue.
        contract: name of the contract that both are tagged for.
    """

    def __init__(self, source: str, dead_letters: str, contract: str) -> None:
        self._sqs: SQSClient = aws_service("sqs")
        self._source = queue_name(source)
        self._dead_letters = queue_name(dead_letters)
        self._contract = contract

    def plan(self) -> list[str]:
        """What `apply` would change, a line each; empty when all is in place.

        Raises:
            QueueUnavailable: SQS cannot be reached.
            SettingsError: a queue is tagged for another contract, or the credentials do not suffice.
        """
        lines = []
        for name in (self._dead_letters, self._source):
            held = self._attributes(name)
            if held is None:
                lines.append(f"queue {name}: create")
            else:
                lines += [f"queue {name}: set {key}" for key in self._missing_attributes(name, held)]
            if self._is_tag_missing(name, exists=held is not None):
                lines.append(f"queue {name}: tag for contract {self._contract}")
        return lines

    def apply(self) -> list[str]:
        """Create or correct the queues; what was changed, a line each. A second call changes nothing."""
        lines = self.plan()
        with translated("SQS"):
            for name in (self._dead_letters, self._source):
                held = self._attributes(name)
                if held is None:
                    self._sqs.create_queue(QueueName=name, Attributes=self._wanted(name))  # type: ignore[arg-type]
                elif missing := self._missing_attributes(name, held):
                    self._sqs.set_queue_attributes(QueueUrl=self._url(name), Attributes=missing)  # type: ignore[arg-type]
                if self._is_tag_missing(name, exists=True):
                    self._sqs.tag_queue(QueueUrl=self._url(name), Tags={CONTRACT_TAG: self._contract})
        return lines

    def _is_tag_missing(self, name: str, *, exists: bool) -> bool:
        """Whether the queue has to be tagged; False where its tags cannot be read.

        Raises:
            SettingsError: it is tagged for another contract.
        """
        held = contract_tag(self._sqs, self._url(name)) if exists else ""
        if held and held != self._contract:
            raise SettingsError(
                f"Queue {name} is tagged for contract {held}, not for {self._contract}; nothing was changed.",
                "Name other queues with --queue and RECLAIM_SOURCE_QUEUE, or their contract with RECLAIM_CONTRACT.",
            )
        return held == ""

    def _wanted(self, name: str) -> dict[str, str]:
        if name == self._dead_letters:
            return {"MessageRetentionPeriod": _FOURTEEN_DAYS}
        held = self._attributes(self._dead_letters)
        arn = held["QueueArn"] if held else ""
        policy = {"deadLetterTargetArn": arn, "maxReceiveCount": MAX_RECEIVES}
        return {"RedrivePolicy": json.dumps(policy), "MessageRetentionPeriod": _FOURTEEN_DAYS}

    def _missing_attributes(self, name: str, held: dict[str, str]) -> dict[str, str]:
        """The wanted attributes that `held` lacks. Another redrive policy than ours is left alone."""
        missing = {key: value for key, value in self._wanted(name).items() if key not in held}
        if name == self._dead_letters and int(held["MessageRetentionPeriod"]) < int(_FOURTEEN_DAYS):
            missing["MessageRetentionPeriod"] = _FOURTEEN_DAYS
        return missing

    def _attributes(self, name: str) -> dict[str, str] | None:
        try:
            with translated(f"queue {name}"):
                held = self._sqs.get_queue_attributes(QueueUrl=self._url(name), AttributeNames=["All"])["Attributes"]
                return {str(key): value for key, value in held.items()}
        except SettingsError as error:
            if "does not exist" in error.what:
                return None
            raise

    def _url(self, name: str) -> str:
        return self._sqs.get_queue_url(QueueName=name)["QueueUrl"]
