"""Everything there is to see of one message: what was received, what would be written, whom it meets, what happened."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from reclaim.model.clock import Clock
from reclaim.model.envelope import RAW
from reclaim.model.errors import UsageError
from reclaim.model.ledger import LedgerEntry
from reclaim.model.message import Message
from reclaim.model.record import Record
from reclaim.ports import Ledger, RecordStore, RunRegistry
from reclaim.quarantine.differences import difference, shown_document, shown_event, shown_record
from reclaim.quarantine.edits import DoesNotApply
from reclaim.quarantine.plan import foresee
from reclaim.quarantine.releasing import released_id
from reclaim.quarantine.rules import RepairRule
from reclaim.recovery.decisions import Decision
from reclaim.reports.trace import entry_as_dict, history, record_as_dict


@dataclass(frozen=True, slots=True)
class Shown:
    """One message at the desk.

    Attributes:
        entry: the message.
        decision: what the pipeline would decide if it were released as it is.
        held: the client of that ID that MongoDB holds; None where there is none.
        rules: the repair rules that can mend it.
        history: all entries that this message went through, oldest first, itself among them.
    """

    entry: LedgerEntry
    decision: Decision
    held: Record | None
    rules: tuple[str, ...]
    history: tuple[LedgerEntry, ...]

    @property
    def event(self) -> str:
        """What is inside the envelope, indented; empty where there is no envelope."""
        return shown_event(self.entry.body) if self.entry.envelope not in (None, RAW) else ""

    @property
    def difference(self) -> list[str]:
        """Received against what would be written; against what MongoDB holds, where nothing would be."""
        received = shown_record(self.entry.body)
        if received is None:
            return []
        if self.decision.write:
            return difference(received, shown_document(self.decision.write.record), ("received", "would be written"))
        if self.held:
            return difference(received, shown_document(self.held), ("received", "MongoDB holds"))
        return []

    def as_dict(self) -> dict[str, Any]:
        """All of it as JSON holds it, body included: it is the one command that shows it."""
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
            "difference": self.difference,
            "client": record_as_dict(self.held) if self.held else None,
            "rules": list(self.rules),
            "history": [entry_as_dict(entry) for entry in self.history],
        }


def show_message(
    message_id: str,
    rules: Iterable[RepairRule],
    *,
    ledger: Ledger,
    records: RecordStore,
    runs: RunRegistry,
    key: bytes,
    clock: Clock,
) -> Shown:
    """Look at one message; writes nothing.

    Raises:
        UsageError: the ledger does not know it.
    """
    entry = ledger.find([message_id]).get(message_id)
    if entry is None:
        raise UsageError(f"The ledger has no message {message_id}.", "See `reclaim quarantine list`.")
    message = Message(released_id(message_id), message_id, entry.body, entry.steps["sent"], clock.now())
    decision = foresee([message], records=records, runs=runs, key=key, clock=clock)[message.message_id]
    record_key = entry.record_key or decision.case.record_key
    return Shown(
        entry=entry,
        decision=decision,
        held=records.find([record_key]).get(record_key) if record_key else None,
        rules=tuple(rule.name for rule in rules if entry.is_open and _mends(rule, entry)),
        history=history(entry, ledger),
    )


def _mends(rule: RepairRule, entry: LedgerEntry) -> bool:
    try:
        rule.body_of(entry)
    except DoesNotApply:
        return False
    return True
