"""Quarantined entries on a desk in memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from reclaim.adapters.memory.applications import MemoryApplications
from reclaim.adapters.memory.ledger import MemoryLedger
from reclaim.adapters.memory.records import MemoryRecords
from reclaim.adapters.memory.resolutions import MemoryResolutions
from reclaim.adapters.memory.runs import MemoryRuns
from reclaim.model.clock import ManualClock
from reclaim.model.ledger import Delivery, LedgerEntry
from reclaim.model.message import Message
from reclaim.model.outcome import Cause, Outcome
from tests.builders import NOW, a_delivery, a_message, a_settlement


def an_entry(
    body: str, cause: Cause = Cause.SCHEMA_VIOLATION, detail: str = "", message_id: str = "m-1"
) -> LedgerEntry:
    """A quarantined message, out of any ledger."""
    desk = Desk()
    return desk.quarantine(body, cause, message_id=message_id, detail=detail)


@dataclass
class Desk:
    """Twins of everything that the quarantine desk works on."""

    clock: ManualClock = field(default_factory=lambda: ManualClock(NOW))
    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    runs: MemoryRuns = field(default_factory=MemoryRuns)
    applications: MemoryApplications = field(default_factory=MemoryApplications)

    def __post_init__(self) -> None:
        self.resolutions = MemoryResolutions(self.ledger)
        self.records = MemoryRecords(self.ledger)

    @property
    def store(self) -> dict[str, Any]:
        return {"ledger": self.ledger, "resolutions": self.resolutions}

    def quarantine(
        self,
        body: str,
        cause: Cause = Cause.SCHEMA_VIOLATION,
        *,
        message_id: str = "m-1",
        **verdict: Any,  # noqa: ANN401
    ) -> LedgerEntry:
        verdict = {"client_id": None, "rate_minor": None, "currency": None, "wrote": False, **verdict}
        delivery = Delivery("run-1", "d-1", verdict.pop("queue", "dlq"), NOW)
        self.record(a_message(body, message_id), delivery)
        self.ledger.settle([a_settlement(message_id, Outcome.QUARANTINED, cause, **verdict)], delivery, NOW)
        return self.the(message_id)

    def record(self, message: Message, delivery: Delivery | None = None) -> None:
        self.ledger.record([message], delivery or a_delivery(), NOW)

    def the(self, message_id: str) -> LedgerEntry:
        return self.ledger.find([message_id])[message_id]
