"""Decides what can be taken back of what became of a message, and why not what cannot. Pure.

A record is taken back only where its document is, field for field, what the message made of it: the event's fields and
the derived identity where the run created it, the document before plus the identity where it was there already.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from reclaim.contracts.contract import Contract
from reclaim.contracts.documents import document_of, recovery_document
from reclaim.contracts.reading import read_event
from reclaim.model.event import Event
from reclaim.model.fingerprint import text_sha256
from reclaim.model.ledger import LedgerEntry, ResolutionKind
from reclaim.model.outcome import Outcome
from reclaim.model.record import Origin, Record
from reclaim.recovery.decisions import new_record, wanted_identity
from reclaim.text.figures import counted
from reclaim.undo.model import BuiltOn, Document, KeptItem, Obstacle, Reversal, Undo, UndoEffect

_RESOLVED: Final = {
    ResolutionKind.RELEASED: (Obstacle.RELEASED, "It was released by {run}: undo that run first."),
    ResolutionKind.DISCARDED: (Obstacle.DISCARDED, "It was written off by {run}."),
}


class UndoPlanner:
    """Decides about the messages of a contract.

    Args:
        key: derives the identity that a message must have led to.
    """

    def __init__(self, contract: Contract, key: bytes) -> None:
        self._contract = contract
        self._words = contract.words
        self._key = key

    def decide(self, entry: LedgerEntry, record: Record | None, built: BuiltOn) -> Undo | KeptItem | None:
        """What can be done about one message of the run.

        Args:
            entry: the message.
            record: the record that it names, as MongoDB holds it now.
            built: what depends on that record by now.

        Returns:
            None where there is nothing to do: it is undone already, or is in the queue and has changed nothing.
        """
        if entry.resolution:
            return _resolved(entry)
        if text_sha256(entry.body) != entry.body_sha256:
            return KeptItem.of(entry, Obstacle.BODY_DAMAGED, "Its body in the ledger is not the one that was received.")
        if entry.is_settled and entry.outcome is not Outcome.RECOVERED:
            return Undo(entry.message_id, entry.record_key, UndoEffect.RETURNED, returns=True)
        return self._recovered(entry, record, built)

    def _recovered(self, entry: LedgerEntry, record: Record | None, built: BuiltOn) -> Undo | KeptItem | None:
        recovery = record.recovery if record else None
        if record is None or recovery is None or recovery.message_id != entry.message_id:
            return self._of_another_message(entry, record)
        if changed := self._changes(entry, record):
            detail = f"Its {self._words.record} was changed since: {', '.join(changed)}."
            return KeptItem.of(entry, Obstacle.RECORD_CHANGED, detail)
        if built.applications:
            return KeptItem.of(entry, Obstacle.ATTRIBUTED, self._attributed(built))
        if built.charges:
            detail = f"Its {self._words.record} has had {counted(built.charges, 'charge')} since."
            return KeptItem.of(entry, Obstacle.CHARGED, detail)
        reversal = Reversal(record.record_key, record.document, recovery.before)
        return _undo(entry, record.record_key, recovery.before, reversal)

    def _of_another_message(self, entry: LedgerEntry, record: Record | None) -> Undo | KeptItem | None:
        """Decide where the record does not name the message (any more) as the one that brought it."""
        if not entry.is_settled:
            return None
        if is_as_before(record, entry.before):
            return _undo(entry, entry.record_key, entry.before)
        if record is None:
            return KeptItem.of(entry, Obstacle.RECORD_REMOVED, f"Its {self._words.record} has been removed since.")
        detail = f"Its {self._words.record} has been written again since, by another program or run."
        return KeptItem.of(entry, Obstacle.RECORD_REWRITTEN, detail)

    def _changes(self, entry: LedgerEntry, record: Record) -> list[str]:
        """The fields in which the record is not what the message made of it."""
        written = self._as_written(entry, record)
        if written is None:
            return ["its event cannot be read any more"]
        names = written.keys() | record.document.keys()
        return sorted(name for name in names if _field(written, name) != _field(record.document, name))

    def _as_written(self, entry: LedgerEntry, record: Record) -> Document | None:
        """The record's document right after the message was written. Only the time of that is taken from the record."""
        event = read_event(entry.body, self._contract)
        if not isinstance(event, Event) or record.recovery is None:
            return None
        recovery = replace(
            record.recovery,
            occurred_at=event.occurred_at,
            origin=Origin.CARRIED if event.identity else Origin.REGENERATED,
            before=entry.before if entry.is_settled else record.recovery.before,
        )
        identity = wanted_identity(event, self._contract, self._key)
        if recovery.before is not None:
            written = {self._contract.identity_field: identity, "recovery": recovery_document(recovery)}
            return {**recovery.before, **written}
        return document_of(replace(new_record(event), identity=identity, recovery=recovery), self._contract)

    def _attributed(self, built: BuiltOn) -> str:
        by = f", given by {', '.join(built.attributed_by)}: undo that first" if built.attributed_by else ""
        carry = "carries" if built.applications == 1 else "carry"
        applications = counted(built.applications, "application")
        return f"{applications} of its {self._words.record} {carry} the {self._words.identity}{by}."


def is_as_before(record: Record | None, before: Document | None) -> bool:
    """Whether a record is what it was: `before`, or not there at all."""
    return (record.document if record else None) == before


def _field(document: Mapping[str, Any], name: str) -> tuple[bool, Any]:
    """Present or not is a difference as well: a field that is null is not one that is absent."""
    return name in document, document.get(name)


def _undo(
    entry: LedgerEntry, record_key: str | None, before: Document | None, reversal: Reversal | None = None
) -> Undo:
    effect = UndoEffect.REMOVED if before is None else UndoEffect.RESTORED
    return Undo(entry.message_id, record_key, effect, entry.is_settled, reversal)


def _resolved(entry: LedgerEntry) -> KeptItem | None:
    if entry.resolution is None or entry.resolution.kind is ResolutionKind.UNDONE:
        return None
    obstacle, sentence = _RESOLVED[entry.resolution.kind]
    return KeptItem.of(entry, obstacle, sentence.format(run=entry.resolution.run_id))
