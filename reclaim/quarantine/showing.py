"""Everything about one message: what was received, what would be written, the record it conflicts with, its history."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from reclaim.contracts.contract import Contract
from reclaim.model.clock import Clock
from reclaim.model.envelope import RAW
from reclaim.model.ledger import LedgerEntry
from reclaim.model.message import Message, released_id
from reclaim.model.record import Record
from reclaim.ports import Ledger, RecordStore
from reclaim.quarantine.differences import difference, shown_document, shown_event, shown_record
from reclaim.quarantine.edits import DoesNotApply
from reclaim.quarantine.plan import preview_decisions
from reclaim.quarantine.rules import RepairRule
from reclaim.quarantine.selection import known
from reclaim.recovery.decisions import Decision
from reclaim.reports.trace import entry_as_dict, history, record_as_dict


@dataclass(frozen=True, slots=True)
class MessageDetails:
    """One message with what belongs to it.

    Attributes:
        entry: the message.
        event: what is inside the envelope, indented; empty where there is no envelope.
        decision: what the pipeline would decide if it were released as it is.
        held: the record of that key that MongoDB holds; None where there is none.
        difference: received against what would be written; against what MongoDB holds, where nothing would be.
        rules: the repair rules that fit it.
        history: all entries that this message went through, oldest first, itself among them.
    """

    entry: LedgerEntry
    event: str
    decision: Decision
    held: Record | None
    difference: tuple[str, ...]
    rules: tuple[str, ...]
    history: tuple[LedgerEntry, ...]

    def as_dict(self) -> dict[str, Any]:
        """All of it as JSON holds it, body included: no other command shows that."""
        write = self.decision.write
        return {
            **entry_as_dict(self.entry),
            "body": self.entry.body,
            "as_it_is": {
                "outcome": self.decision.outcome,
                "cause": self.decision.cause,
                "detail": self.decision.detail,
                "writes": record_as_dict(write.record) if write else None,
            },
            "difference": list(self.difference),
            "record": record_as_dict(self.held) if self.held else None,
            "rules": list(self.rules),
            "history": [entry_as_dict(entry) for entry in self.history],
        }


def show_message(
    message_id: str,
    rules: Iterable[RepairRule],
    contract: Contract,
    *,
    ledger: Ledger,
    records: RecordStore,
    key: bytes,
    clock: Clock,
) -> MessageDetails:
    """Read one message and all that belongs to it; writes nothing.

    Raises:
        UsageError: the ledger does not know it, or it is of another contract.
    """
    entry = known(message_id, ledger.find([message_id]).get(message_id), contract)
    message = Message(released_id(message_id), message_id, entry.body, entry.steps["sent"], clock.now())
    decision = preview_decisions([message], records, contract, key, clock)[message.message_id]
    record_key = entry.record_key or decision.case.record_key
    held = records.find([record_key]).get(record_key) if record_key else None
    return MessageDetails(
        entry=entry,
        event=shown_event(entry.body, contract) if entry.envelope not in (None, RAW) else "",
        decision=decision,
        held=held,
        difference=_difference(entry, decision, held, contract),
        rules=tuple(rule.name for rule in rules if entry.is_open and _fits(rule, entry, contract)),
        history=history(entry, ledger),
    )


def _difference(entry: LedgerEntry, decision: Decision, held: Record | None, contract: Contract) -> tuple[str, ...]:
    received = shown_record(entry.body, contract)
    if received is None:
        return ()
    if decision.write:
        written = shown_document(decision.write.record, contract)
        return difference(received, written, ("received", "would be written"))
    return difference(received, shown_document(held, contract), ("received", "MongoDB holds")) if held else ()


def _fits(rule: RepairRule, entry: LedgerEntry, contract: Contract) -> bool:
    try:
        rule.body_of(entry, contract)
    except DoesNotApply:
        return False
    return True
