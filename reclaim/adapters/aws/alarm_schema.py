"""The alarms of a dead-letter queue, and where they notify: a topic, and a queue that subscribes to it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from reclaim.adapters.aws.connection import Arns, aws_service, translated
from reclaim.model.errors import SettingsError
from reclaim.model.message import queue_name
from reclaim.model.metric import NAMESPACE
from reclaim.monitoring.alarms import Alarm, alarms_for
from reclaim.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_sqs import SQSClient

_RETENTION: Final = str(4 * 24 * 60 * 60)
"""Four days: longer than a long weekend; an older notification is of no use."""


class AlarmSchema:
    """Brings topic, notification queue, subscription and alarms to what `settings` say.

    Thresholds come from the settings, so an alarm that was changed by hand is set back.
    """

    def __init__(self, settings: Settings) -> None:
        self._cloudwatch: CloudWatchClient = aws_service("cloudwatch")
        self._sns: Any = aws_service("sns")
        self._sqs: SQSClient = aws_service("sqs")
        self._arns = Arns()
        self._topic = settings.alarm_topic
        self._notifications = settings.alarm_queue
        self._alarms = alarms_for(settings, queue_name(settings.queue))

    def plan(self) -> list[str]:
        """What `apply` would change, a line each; empty when all is in place.

        Raises:
            QueueUnavailable: AWS cannot be reached.
            SettingsError: the credentials do not suffice.
        """
        with translated("CloudWatch and SNS"):
            held = self._held()
            alarms = [line for alarm in self._alarms for line in self._plan_alarm(alarm, held.get(alarm.name))]
            return [*self._plan_notifications(), *alarms]

    def apply(self) -> list[str]:
        """Create or correct; what was changed, a line each. A second call changes nothing."""
        with translated("CloudWatch and SNS"):
            lines = self._plan_notifications()
            if lines:
                self._provide_notifications()
            held = self._held()
            for alarm in self._alarms:
                if off := self._plan_alarm(alarm, held.get(alarm.name)):
                    self._cloudwatch.put_metric_alarm(**self._wanted(alarm))
                    lines += off
        return lines

    def _plan_notifications(self) -> list[str]:
        lines = []
        subscribed = self._subscribed()
        if subscribed is None:
            lines.append(f"topic {self._topic}: create")
        held = self._queue_attributes()
        if held is None:
            lines.append(f"queue {self._notifications}: create")
        elif not _same_json(held.get("Policy"), self._policy()):
            lines.append(f"queue {self._notifications}: let only topic {self._topic} send")
        if not subscribed:
            lines.append(f"topic {self._topic}: subscribe queue {self._notifications}")
        return lines

    def _provide_notifications(self) -> None:
        self._sns.create_topic(Name=self._topic)
        attributes: Any = {"Policy": json.dumps(self._policy())}
        if self._queue_attributes() is None:
            self._sqs.create_queue(
                QueueName=self._notifications, Attributes={**attributes, "MessageRetentionPeriod": _RETENTION}
            )
        else:
            url = self._sqs.get_queue_url(QueueName=self._notifications)["QueueUrl"]
            self._sqs.set_queue_attributes(QueueUrl=url, Attributes=attributes)
        if not self._subscribed():
            self._sns.subscribe(TopicArn=self._arn("sns"), Protocol="sqs", Endpoint=self._arn("sqs"))

    def _policy(self) -> dict[str, Any]:
        return {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "AlarmsOnly",
                    "Effect": "Allow",
                    "Principal": {"Service": "sns.amazonaws.com"},
                    "Action": "sqs:SendMessage",
                    "Resource": self._arn("sqs"),
                    "Condition": {"ArnEquals": {"aws:SourceArn": self._arn("sns")}},
                }
            ],
        }

    def _held(self) -> dict[str, Mapping[str, Any]]:
        found = self._cloudwatch.describe_alarms(AlarmNames=[alarm.name for alarm in self._alarms], MaxRecords=100)
        return {alarm["AlarmName"]: alarm for alarm in found["MetricAlarms"]}

    def _plan_alarm(self, alarm: Alarm, held: Mapping[str, Any] | None) -> list[str]:
        """What is to be set on the alarm. Actions that were added by hand are replaced by ours."""
        if held is None:
            return [f"alarm {alarm.name}: create"]
        wanted = self._wanted(alarm).items()
        return [f"alarm {alarm.name}: set {key}" for key, value in wanted if not _same(held.get(key), value)]

    def _wanted(self, alarm: Alarm) -> dict[str, Any]:
        statistic = "Statistic" if alarm.statistic == "Maximum" else "ExtendedStatistic"
        return {
            "AlarmName": alarm.name,
            "AlarmDescription": alarm.meaning,
            "ActionsEnabled": True,
            "AlarmActions": [self._arn("sns")],
            "OKActions": [self._arn("sns")],
            "Namespace": NAMESPACE,
            "MetricName": alarm.metric.value,
            "Dimensions": [{"Name": "Queue", "Value": alarm.queue}],
            statistic: alarm.statistic,
            "Period": alarm.period_seconds,
            "EvaluationPeriods": alarm.periods,
            "DatapointsToAlarm": alarm.periods,
            "Threshold": float(alarm.threshold),
            "ComparisonOperator": "GreaterThanOrEqualToThreshold",
            "TreatMissingData": alarm.missing.value,
        }

    def _subscribed(self) -> bool | None:
        """Whether the queue subscribes to the topic; None where there is no topic."""
        pages = self._sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=self._arn("sns"))
        try:
            return any(one["Endpoint"] == self._arn("sqs") for page in pages for one in page["Subscriptions"])
        except ClientError as error:
            if error.response["Error"]["Code"] in {"NotFound", "NotFoundException"}:
                return None
            raise

    def _queue_attributes(self) -> dict[str, str] | None:
        try:
            with translated(f"queue {self._notifications}"):
                url = self._sqs.get_queue_url(QueueName=self._notifications)["QueueUrl"]
                held = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
                return {str(key): value for key, value in held.items()}
        except SettingsError as error:
            if "does not exist" in error.what:
                return None
            raise

    def _arn(self, service: str) -> str:
        """The topic's or the notification queue's ARN, known before it exists."""
        return self._arns.of(service, self._topic if service == "sns" else self._notifications)


def _same(held: object, wanted: object) -> bool:
    if isinstance(held, int | float) and isinstance(wanted, float):
        return math.isclose(held, wanted)
    return held == wanted


def _same_json(held: str | None, wanted: Mapping[str, Any]) -> bool:
    try:
        return bool(json.loads(held or "") == wanted)
    except ValueError:
        return False
