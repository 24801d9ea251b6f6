"""Every port in memory, together: what stands on the ports can run without SQS, MongoDB and the rest of AWS.

A world is found by its name, which the settings carry (``RECLAIM_MONGO_URI=memory://NAME``), so that the composition
root hands its ports over in the same way as the real ones.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from reclaim.adapters.memory.applications import MemoryApplications
from reclaim.adapters.memory.attributions import MemoryAttributions
from reclaim.adapters.memory.evidence import MemoryEvidence
from reclaim.adapters.memory.ledger import MemoryLedger
from reclaim.adapters.memory.preflight import MemoryProbes
from reclaim.adapters.memory.records import MemoryRecords
from reclaim.adapters.memory.resolutions import MemoryResolutions
from reclaim.adapters.memory.revenue import MemoryRevenue
from reclaim.adapters.memory.reversals import MemoryReversals
from reclaim.adapters.memory.runs import MemoryRuns
from reclaim.adapters.memory.sqs import MemoryQueue, MemorySender
from reclaim.adapters.memory.watch import MemoryMetrics, MemoryWatchStates
from reclaim.contracts.contract import Contract
from reclaim.model.clock import Clock
from reclaim.reconciliation.ports import AuditValidator

Observer = Callable[[str, Any], Any]
"""Wraps a port, by name; what it returns is handed over in the port's place."""


class MemoryWorld:
    """One of every port, each working on the others where the real ones share a database.

    Args:
        name: by which `world_called` finds it; a new world takes the place of one of that name.
        clock: the time of all of them.
        observer: stands before each port, to note or to disturb calls.
        validator: used in the place of the one that ports are opened with.
    """

    def __init__(
        self,
        name: str,
        contract: Contract,
        clock: Clock,
        *,
        queue: str = "dlq",
        observer: Observer = lambda _, port: port,
        validator: AuditValidator | None = None,
    ) -> None:
        self.contract = contract
        self.clock = clock
        self.validator = validator
        self._observer = observer
        self.queue = MemoryQueue(clock, queue)
        self.notifications = MemoryQueue(clock, "notifications")
        self.sender = MemorySender(self.queue)
        self.ledger = MemoryLedger()
        self.resolutions = MemoryResolutions(self.ledger)
        self.records = MemoryRecords(contract, self.ledger)
        self.reversals = MemoryReversals(contract, self.records)
        self.attributions = MemoryAttributions()
        self.applications = MemoryApplications(contract)
        self.revenue = MemoryRevenue(contract, self.records, self.resolutions)
        self.runs = MemoryRuns()
        self.evidence = MemoryEvidence()
        self.metrics = MemoryMetrics()
        self.watch_states = MemoryWatchStates()
        self.preflight = MemoryProbes()
        _worlds[name] = self

    def port(self, name: str) -> Any:  # noqa: ANN401
        """The port of that name, as it is handed over."""
        return self.observed(name, getattr(self, name))

    def observed(self, name: str, port: object) -> Any:  # noqa: ANN401
        """`port` behind the observer."""
        return self._observer(name, port)


_worlds: dict[str, MemoryWorld] = {}


def world_called(name: str) -> MemoryWorld:
    """The world of that name in this process.

    Raises:
        LookupError: there is none.
    """
    if name not in _worlds:
        raise LookupError(f"no world in memory is called {name!r}")
    return _worlds[name]
