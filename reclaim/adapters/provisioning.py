"""Everything that must exist before a recovery, put in place from one list."""

from __future__ import annotations

from reclaim.adapters.aws.alarm_schema import AlarmSchema
from reclaim.adapters.aws.dashboard_schema import DashboardSchema
from reclaim.adapters.aws.queue_schema import QueueSchema
from reclaim.adapters.mongo.connection import connect
from reclaim.adapters.mongo.schema import MongoSchema
from reclaim.settings import Settings


class Provisioning:
    """The queues, the database, the alarms and the dashboard of `settings`, as a recovery needs them."""

    def __init__(self, settings: Settings) -> None:
        uri, timeout = settings.mongo_uri.get_secret_value(), settings.store_timeout_seconds
        self._parts = (
            QueueSchema(settings.source_queue, settings.queue),
            MongoSchema(connect(uri, settings.mongo_database, timeout)),
            AlarmSchema(settings),
            DashboardSchema(settings),
        )

    def plan(self) -> list[str]:
        """What `apply` would change, a line each.

        Raises:
            TransientError: AWS or MongoDB cannot be reached.
        """
        return [line for part in self._parts for line in part.plan()]

    def apply(self) -> list[str]:
        """Put in place what is missing; what was changed, a line each."""
        return [line for part in self._parts for line in part.apply()]
