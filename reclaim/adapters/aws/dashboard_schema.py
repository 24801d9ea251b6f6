"""The CloudWatch dashboard of a dead-letter queue."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from reclaim.adapters.aws.connection import Arns, aws_service, translated
from reclaim.model.message import queue_name
from reclaim.monitoring.alarms import alarms_for
from reclaim.monitoring.cloudwatch_dashboard import AwsLocation, dashboard_body, dashboard_name
from reclaim.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

_NOT_FOUND: Final = {"ResourceNotFound", "ResourceNotFoundException", "DashboardNotFoundError", "InvalidParameterValue"}
"""The last one is LocalStack's; a name that AWS finds invalid is refused again when the dashboard is put."""


class DashboardSchema:
    """Brings the dashboard to what the panels and `settings` say; changes by hand are undone."""

    def __init__(self, settings: Settings) -> None:
        self._cloudwatch: CloudWatchClient = aws_service("cloudwatch")
        self._arns = Arns()
        self._queue = queue_name(settings.queue)
        self._name = dashboard_name(self._queue)
        self._alarms = alarms_for(settings, self._queue)

    def plan(self) -> list[str]:
        """What `apply` would change, a line each; empty when all is in place.

        Raises:
            QueueUnavailable: AWS cannot be reached.
            SettingsError: the credentials do not suffice.
        """
        with translated("CloudWatch"):
            held = self._held()
        if held is None:
            return [f"dashboard {self._name}: create"]
        return [] if held == self._wanted() else [f"dashboard {self._name}: update"]

    def apply(self) -> list[str]:
        """Create or correct; what was changed, a line each. A second call changes nothing."""
        lines = self.plan()
        if lines:
            with translated("CloudWatch"):
                self._cloudwatch.put_dashboard(DashboardName=self._name, DashboardBody=json.dumps(self._wanted()))
        return lines

    def _wanted(self) -> dict[str, Any]:
        location = AwsLocation(self._arns.region, lambda name: self._arns.of("cloudwatch", f"alarm:{name}"))
        return dashboard_body(self._queue, self._alarms, location)

    def _held(self) -> object | None:
        """The dashboard's body as it is; None where there is none."""
        try:
            return json.loads(self._cloudwatch.get_dashboard(DashboardName=self._name)["DashboardBody"]) or {}
        except ClientError as error:
            if error.response["Error"]["Code"] in _NOT_FOUND:
                return None
            raise
        except ValueError:
            return {}
