"""Decides what can be taken back of what became of a message, and why not what cannot. Pure.

A client is taken back only where its document is, field for field, what the message made of it: the event's fields and
the derived tracking ID where the run created it, the document before plus the ID where it was there already.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from reclaim.contracts.client_created import ClientCreated, read_event
from reclaim.model.documents import document_of, recovery_document
from reclaim.model.fingerprint import text_sha256
from reclaim.model.ledger import LedgerEntry, ResolutionKind
from reclaim.model.outcome import Outcome
from reclaim.model.record import Origin, Record
from reclaim.recovery.decisions import new_record, wanted_identity
from reclaim.undo.values import BuiltOn, Document, Effect, Kept, Obstacle, Reversal, Undo

_BY_A_PERSON: Final = {
    ResolutionKind.RELEASED: (Obstacle.RELEASED, "It was released by {run}: undo that run first."),
    ResolutionKind.DISCARDED: (Obstacle.DISCARDED, "It was written off by {run}."),
}


def decide(entry: LedgerEntry, record: Record | None, built: BuiltOn, key: bytes) -> Undo | Kept | None:
    """What can be done about one message of the run.

    Args:
        entry: the message.
        client: the client that it names, as MongoDB holds it now.
        built: what rests on that client by now.
        key: derives the tracking ID that the message must have led to.

    Returns:
        None where there is nothing to do: it is undone already, or is in the queue and has changed nothing.
    """
    if entry.resolution:
        return _resolved(entry)
    if text_sha256(entry.body) != entry.body_sha256:
        return _kept(entry, Obstacle.BODY_DAMAGED, "Its body in the ledger is not the one that was received.")
    if entry.is_settled and entry.outcome is not Outcome.RECOVERED:
        return Undo(entry.message_id, entry.record_key, Effect.RETURNED, returns=True)
    return _recovered(entry, record, built, key)


def is_as_before(record: Record | None, before: Document | None) -> bool:
    """Whether a client is what it was: `before`, or not there at all."""
    return (record.document if record else None) == before


def _recovered(entry: LedgerEntry, record: Record | None, built: BuiltOn, key: bytes) -> Undo | Kept | None:
    recovery = record.recovery if record else None
    if record is None or recovery is None or recovery.message_id != entry.message_id:
        return _somebody_elses(entry, record)
    changed = _changes(entry, record, key)
    if changed:
        return _kept(entry, Obstacle.CLIENT_CHANGED, f"Its client was changed since: {', '.join(changed)}.")
    if built.applications:
        return _kept(entry, Obstacle.ATTRIBUTED, _attributed(built))
    if built.charges:
        return _kept(entry, Obstacle.CHARGED, f"Its client has had {_count(built.charges, 'charge')} since.")
    reversal = Reversal(record.record_key, record.document, recovery.before)
    return _undo(entry, record.record_key, recovery.before, reversal)


def _somebody_elses(entry: LedgerEntry, record: Record | None) -> Undo | Kept | None:
    """A client that does not name the message (any more) as the one that brought it."""
    if not entry.is_settled:
        return None
    if is_as_before(record, entry.before):
        return _undo(entry, entry.record_key, entry.before)
    if record is None:
        return _kept(entry, Obstacle.CLIENT_REMOVED, "Somebody has removed its client since.")
    return _kept(entry, Obstacle.CLIENT_TAKEN_OVER, "Its client has been written anew since, by somebody else.")


def _changes(entry: LedgerEntry, record: Record, key: bytes) -> list[str]:
    """The fields in which the client is not what the message made of it."""
    written = _as_written(entry, record, key)
    if written is None:
        return ["its event cannot be read any more"]
    names = written.keys() | record.document.keys()
    return sorted(name for name in names if _field(written, name) != _field(record.document, name))


def _field(document: Mapping[str, Any], name: str) -> tuple[bool, Any]:
    """Present or not is a difference as well: a field that is null is not one that is absent."""
    return name in document, document.get(name)


def _as_written(entry: LedgerEntry, record: Record, key: bytes) -> Document | None:
    """The client's document right after the message was written. Only when that was, it must say itself."""
    event = read_event(entry.body)
    if not isinstance(event, ClientCreated) or record.recovery is None:
        return None
    recovery = replace(
        record.recovery,
        occurred_at=event.occurred_at,
        origin=Origin.CARRIED if event.identity else Origin.REGENERATED,
        before=entry.before if entry.is_settled else record.recovery.before,
    )
    identity = wanted_identity(event, key)
    if recovery.before is not None:
        return {**recovery.before, "identity": identity, "recovery": recovery_document(recovery)}
    return document_of(replace(new_record(event), identity=identity, recovery=recovery))


def _undo(
    entry: LedgerEntry, record_key: str | None, before: Document | None, reversal: Reversal | None = None
) -> Undo:
    effect = Effect.REMOVED if before is None else Effect.RESTORED
    return Undo(entry.message_id, record_key, effect, entry.is_settled, reversal)


def _resolved(entry: LedgerEntry) -> Kept | None:
    if entry.resolution is None or entry.resolution.kind is ResolutionKind.UNDONE:
        return None
    obstacle, sentence = _BY_A_PERSON[entry.resolution.kind]
    return _kept(entry, obstacle, sentence.format(run=entry.resolution.run_id))


def _kept(entry: LedgerEntry, obstacle: Obstacle, detail: str) -> Kept:
    return Kept(entry.message_id, entry.record_key, obstacle, detail)


def _attributed(built: BuiltOn) -> str:
    by = f", given by {', '.join(built.attributed_by)}: undo that first" if built.attributed_by else ""
    carry = "carries" if built.applications == 1 else "carry"
    return f"{_count(built.applications, 'application')} of its client {carry} the tracking ID{by}."


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
