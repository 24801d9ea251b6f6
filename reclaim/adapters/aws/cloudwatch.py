"""CloudWatch: metrics out, states of alarms in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from reclaim.adapters.aws.connection import aws_service, translated
from reclaim.model.batched import batched
from reclaim.model.metric import NAMESPACE, Metric

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

_DATA_LIMIT: Final = 100
"""CloudWatch takes 1000 data in a call, but 1 MB: a hundred distributions stay well below."""

_NAMES_LIMIT: Final = 100
_MINUTE: Final = 60


class CloudWatch:
    """See `reclaim.ports.Metrics`.

    Args:
        period_seconds: the shortest period that alarms look at; below a minute, metrics are kept by the second.
    """

    def __init__(self, period_seconds: int = _MINUTE) -> None:
        self._cloudwatch: CloudWatchClient = aws_service("cloudwatch")
        self._resolution = 1 if period_seconds < _MINUTE else _MINUTE

    def publish(self, metrics: Sequence[Metric], at: datetime) -> None:
        """PutMetricData, a hundred at a time."""
        for part in batched(metrics, _DATA_LIMIT):
            data: Any = [self._datum(metric, at) for metric in part]
            with translated("CloudWatch"):
                self._cloudwatch.put_metric_data(Namespace=NAMESPACE, MetricData=data)

    def states(self, alarms: Sequence[str]) -> dict[str, str]:
        """DescribeAlarms."""
        if not alarms:
            return {}
        with translated("CloudWatch"):
            found = self._cloudwatch.describe_alarms(AlarmNames=list(alarms), MaxRecords=_NAMES_LIMIT)
        return {alarm["AlarmName"]: alarm["StateValue"] for alarm in found["MetricAlarms"]}

    def _datum(self, metric: Metric, at: datetime) -> dict[str, Any]:
        dimensions = {"Queue": metric.queue, **metric.dimensions}
        return {
            "MetricName": metric.name.value,
            "Dimensions": [{"Name": name, "Value": value} for name, value in dimensions.items()],
            "Timestamp": at,
            "Unit": metric.unit.value,
            "StorageResolution": self._resolution,
            "Values": [float(value) for value in metric.values],
            "Counts": [float(count) for count in metric.values.values()],
        }
