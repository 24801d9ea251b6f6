"""A quarantine in memory: its ports, and ways to put messages into it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from reclaim.adapters.memory.applications import MemoryApplications
from reclaim.adapters.memory.ledger import MemoryLedger
from reclaim.adapters.memory.records import MemoryRecords
from reclaim.adapters.memory.resolutions import MemoryResolutions
from reclaim.adapters.memory.runs import MemoryRuns
from reclaim.contracts.contract import Contract
from reclaim.model.clock import ManualClock
from reclaim.model.ledger import Delivery, LedgerEntry
from reclaim.model.message import Message
from reclaim.model.outcome import Cause, Outcome
from reclaim.quarantine.edits import Edit
from reclaim.quarantine.listing import QuarantineListing, list_open
from reclaim.quarantine.plan import ReleasePlan, plan_release
from reclaim.quarantine.selection import MessageFilter
from tests.builders import CONTRACT, NOW, a_delivery, a_message, a_settlement


def an_entry(
    body: str, cause: Cause = Cause.SCHEMA_VIOLATION, detail: str = "", message_id: str = "m-1"
) -> LedgerEntry:
    """A quarantined message, out of any ledger."""
    return QuarantineWorld().quarantine(body, cause, message_id=message_id, detail=detail)


@dataclass
class QuarantineWorld:
    """The ports in memory that the quarantine works on."""

    contract: Contract = CONTRACT
    clock: ManualClock = field(default_factory=lambda: ManualClock(NOW))
    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    runs: MemoryRuns = field(default_factory=MemoryRuns)

    def __post_init__(self) -> None:
        self.resolutions = MemoryResolutions(self.ledger)
        self.records = MemoryRecords(self.contract, self.ledger)
        self.applications = MemoryApplications(self.contract)

    @property
    def store(self) -> dict[str, Any]:
        return {"ledger": self.ledger, "resolutions": self.resolutions}

    def quarantine(
        self,
        body: str,
        cause: Cause = Cause.SCHEMA_VIOLATION,
        *,
        message_id: str = "m-1",
        **settled: Any,  # noqa: ANN401
    ) -> LedgerEntry:
        settled = {"record_key": None, "rate_minor": None, "currency": None, "wrote": False, **settled}
        queue, contract = settled.pop("queue", "dlq"), settled.pop("contract", self.contract.name)
        delivery = Delivery("run-1", "d-1", queue, NOW, contract)
        self.record(a_message(body, message_id), delivery)
        self.ledger.settle([a_settlement(message_id, Outcome.QUARANTINED, cause, **settled)], delivery, NOW)
        return self.the(message_id)

    def record(self, message: Message, delivery: Delivery | None = None) -> None:
        self.ledger.record([message], delivery or a_delivery(), NOW)

    def the(self, message_id: str) -> LedgerEntry:
        return self.ledger.find([message_id])[message_id]

    def plan(self, edit: Edit, *message_ids: str, cause: Cause | None = None, operator: str = "ann") -> ReleasePlan:
        wanted = MessageFilter(message_ids, cause)
        return plan_release(wanted, edit, self.contract, **self.store, operator=operator, clock=self.clock)

    def listing(self, *, whole: bool = False) -> QuarantineListing:
        entries = self.resolutions.open_quarantine(self.contract.name)
        return list_open(entries, self.records, self.applications, whole=whole)
