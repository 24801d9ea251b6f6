"""Reads the alarms and their subscriptions for the preflight."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from reclaim.adapters.aws.connection import aws_service, translated
from reclaim.preflight.alarms import AlarmSeen, AlarmsSeen

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

_MOST: Final = 100
_NOT_FOUND: Final = {"NotFound", "NotFoundException"}


class AlarmProbe:
    """Describes alarms and topics; changes nothing."""

    def __init__(self) -> None:
        self._cloudwatch: CloudWatchClient = aws_service("cloudwatch")
        self._sns: Any = aws_service("sns")

    def read(self, wanted: Sequence[str]) -> AlarmsSeen:
        """The alarms of these names, and the topics that they notify.

        Raises:
            QueueUnavailable: AWS cannot be reached.
            SettingsError: the credentials may not describe them.
        """
        with translated("CloudWatch and SNS"):
            found = self._cloudwatch.describe_alarms(AlarmNames=list(wanted), MaxRecords=_MOST)["MetricAlarms"]
            alarms = tuple(map(_alarm, found))
            return AlarmsSeen(tuple(wanted), alarms, self._subscribers(a for alarm in alarms for a in alarm.actions))

    def _subscribers(self, actions: Iterable[str]) -> dict[str, int]:
        """Confirmed subscriptions by topic. A pending one has a word instead of its ARN."""
        counted = {}
        for topic in {action for action in actions if ":sns:" in action}:
            pages = self._sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic)
            try:
                found = [one["SubscriptionArn"] for page in pages for one in page["Subscriptions"]]
            except ClientError as error:
                if error.response["Error"]["Code"] not in _NOT_FOUND:
                    raise
            else:
                counted[topic] = sum(arn.startswith("arn:") for arn in found)
        return counted


def _alarm(held: Mapping[str, Any]) -> AlarmSeen:
    return AlarmSeen(held["AlarmName"], tuple(held.get("AlarmActions", ())) if held.get("ActionsEnabled") else ())
