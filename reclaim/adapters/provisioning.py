"""Everything that must exist in AWS and MongoDB before a recovery, from one list."""

from __future__ import annotations

from typing import Protocol

from reclaim.adapters.aws.alarm_schema import AlarmSchema
from reclaim.adapters.aws.dashboard_schema import DashboardSchema
from reclaim.adapters.aws.queue_schema import QueueSchema
from reclaim.adapters.mongo.connection import connect
from reclaim.adapters.mongo.schema import MongoSchema
from reclaim.contracts.loading import load_contract
from reclaim.settings import Settings


class Provisionable(Protocol):
    """Something that is brought to what it must be."""

    def plan(self) -> list[str]:
        """What `apply` would change, a line each; empty when all is in place."""
        ...

    def apply(self) -> list[str]:
        """Create or correct; what was changed, a line each. A second call changes nothing."""
        ...


class Provisioning:
    """The queues, the database, the alarms and the dashboard that `settings` and their contract say."""

    def __init__(self, settings: Settings) -> None:
        contract = load_contract(settings.contract)
        uri, timeout = settings.mongo_uri.get_secret_value(), settings.store_timeout_seconds
        # The queues first: one that is tagged for another contract is refused before anything is changed.
        self._parts: tuple[Provisionable, ...] = (
            QueueSchema(settings.source_queue, settings.queue, contract.name),
            MongoSchema(connect(uri, settings.mongo_database, timeout), contract),
            AlarmSchema(settings),
            DashboardSchema(settings),
        )

    def plan(self) -> list[str]:
        """What `apply` would change, a line each.

        Raises:
            TransientError: AWS or MongoDB cannot be reached.
            SettingsError: a queue is tagged for another contract, or the database has another schema number.
        """
        return [line for part in self._parts for line in part.plan()]

    def apply(self) -> list[str]:
        """Create or correct; what was changed, a line each."""
        return [line for part in self._parts for line in part.apply()]
