"""The steps of an undo: look, take clients back, put messages back. Each may be repeated after a failure.

A client is taken back before its message is sent: the other way round, a recovery could find the client still there,
and settle the message as a duplicate of what is about to go. Killed in between, the message is in the ledger alone,
and the next undo of the run sends it. Killed between sending a message and noting it, up to ten messages are sent
twice; a recovery counts the second copies as duplicates.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from reclaim.contracts.client_created import read_event
from reclaim.model.batched import batched
from reclaim.model.ledger import LedgerEntry, Resolution, ResolutionKind
from reclaim.model.message import Outgoing, in_calls
from reclaim.model.run import RunRecord, RunState
from reclaim.ports import Ledger, RecordStore, Resolutions
from reclaim.undo.plan import decide, is_as_before
from reclaim.undo.ports import Reversals, Sender
from reclaim.undo.values import BuiltOn, Kept, Obstacle, Undo

_CHUNK: Final = 500


class Decided:
    """What can be taken back, in the order in which the run received it, and what cannot.

    A plain class, which the orchestrator does not look into message by message.
    """

    __slots__ = ("kept", "undos")

    def __init__(self, undos: Iterable[Undo] = (), kept: Iterable[Kept] = ()) -> None:
        self.undos = tuple(undos)
        self.kept = tuple(kept)


@dataclass(frozen=True, slots=True)
class Note:
    """What the ledger is to say of every message that an undo puts back: which undo, when, who, why."""

    run_id: str
    at: datetime
    operator: str
    reason: str

    def on(self, message_id: str, became: str) -> Resolution:
        """The resolution of one message, which is `became` now."""
        return Resolution(message_id, ResolutionKind.UNDONE, self.run_id, self.at, self.operator, self.reason, became)


@dataclass(frozen=True, slots=True)
class UndoStores:
    """Clients and ledger, with the eyes of an undo.

    Attributes:
        key: derives the tracking IDs that the run must have given.
    """

    records: RecordStore
    ledger: Ledger
    reversals: Reversals
    key: bytes = field(repr=False)


def look(stores: UndoStores, run: RunRecord) -> Decided:
    """Decide everything that the run left, and change nothing."""
    undos: list[tuple[datetime, Undo]] = []
    kept: list[Kept] = []
    for chunk in batched(_left_by(stores, run), _CHUNK):
        decided = _decide(stores, chunk)
        received = {entry.message_id: entry.steps["received"] for entry in chunk}
        # Their documents are looked up again when it comes to it; a large run would hold them all here.
        undos += [(received[one.message_id], replace(one, reversal=None)) for one in decided.undos]
        kept += decided.kept
    undos.sort(key=lambda one: (one[0], one[1].message_id))
    return Decided([undo for _, undo in undos], kept)


def take_back(stores: UndoStores, message_ids: Collection[str]) -> Decided:
    """Decide these messages anew, take their clients back, and read back which are what they were."""
    found = stores.ledger.find(message_ids)
    decided = _decide(stores, [found[one] for one in message_ids if one in found])
    reversals = {one.message_id: one.reversal for one in decided.undos if one.reversal}
    stores.reversals.take_back(list(reversals.values()))
    now = stores.records.find({reversal.record_key for reversal in reversals.values()})
    lost = {one for one, wanted in reversals.items() if not is_as_before(now.get(wanted.record_key), wanted.before)}
    detail = "Its client was changed while it was being taken back."
    return Decided(
        [replace(one, reversal=None) for one in decided.undos if one.message_id not in lost],
        [
            *decided.kept,
            *(Kept(one, reversals[one].record_key, Obstacle.CLIENT_CHANGED, detail) for one in sorted(lost)),
        ],
    )


def put_back(
    ledger: Ledger, resolutions: Resolutions, sender: Sender, undos: Collection[Undo], note: Note
) -> list[Kept]:
    """Send messages to the queue again, and say so in the ledger; what could not be.

    Those that an earlier try has put back say so already, and are passed over.
    """
    found = ledger.find([one.message_id for one in undos if one.returns])
    waiting = [found[one.message_id] for one in undos if one.message_id in found]
    waiting = [entry for entry in waiting if not entry.resolution]
    # What was released goes back as what it had been: the edit is a part of what is undone.
    sources = ledger.find([entry.released_from.message_id for entry in waiting if entry.released_from])
    kept: list[Kept] = []
    for call in in_calls([outgoing(entry, sources) for entry in waiting]):
        kept += _send(resolutions, sender, waiting[: len(call)], call, note)
        del waiting[: len(call)]
    return kept


def _left_by(stores: UndoStores, run: RunRecord) -> Iterator[LedgerEntry]:
    """The run's entries, and those that it wrote a client for but did not live to settle."""
    yield from stores.ledger.of_run(run.run_id)
    if run.state is RunState.COMPLETED:
        return
    written = stores.reversals.written_by(run.run_id)
    for chunk in batched((record.recovery.message_id for record in written if record.recovery), _CHUNK):
        yield from (entry for entry in stores.ledger.find(chunk).values() if entry.outcome is None)


def _decide(stores: UndoStores, entries: Iterable[LedgerEntry]) -> Decided:
    entries = list(entries)
    back = _back_already(stores.ledger, entries)
    entries = [entry for entry in entries if entry.message_id not in back]
    named = {entry.message_id: record_key for entry in entries if (record_key := _client_id(entry))}
    records = stores.records.find(set(named.values()))
    built = stores.reversals.built_on([record for record in records.values() if record.recovery])
    undos, kept = [], []
    for entry in entries:
        record_key = named.get(entry.message_id, "")
        decision = decide(entry, records.get(record_key), built.get(record_key, BuiltOn()), stores.key)
        if isinstance(decision, Undo):
            undos.append(decision)
        elif decision:
            kept.append(decision)
    return Decided(undos, kept)


def _back_already(ledger: Ledger, entries: Iterable[LedgerEntry]) -> set[str]:
    """Those of these messages that were released, and are in the queue again because the release was undone."""
    back: set[str] = set()
    latest = {entry.message_id: entry for entry in entries}
    while released := {one: x.resolution.became for one, x in latest.items() if x.resolution and _was_released(x)}:
        found = ledger.find(set(released.values()))
        latest = {one: found[became] for one, became in released.items() if became in found}
        back |= {one for one, x in latest.items() if x.resolution and x.resolution.kind is ResolutionKind.UNDONE}
    return back


def _was_released(entry: LedgerEntry) -> bool:
    return entry.resolution is not None and entry.resolution.kind is ResolutionKind.RELEASED


def _client_id(entry: LedgerEntry) -> str | None:
    """Whom the message names. Until it is settled, only its body says so."""
    return entry.record_key if entry.is_settled else read_event(entry.body).record_key


def _send(
    resolutions: Resolutions, sender: Sender, entries: Sequence[LedgerEntry], call: Sequence[Outgoing], note: Note
) -> Iterator[Kept]:
    """One call, and its note right after it; what was refused, or noted otherwise by somebody else."""
    became = {entry.message_id: new for entry, new in zip(entries, sender.send(call), strict=True)}
    noted = resolutions.resolve([note.on(one, new) for one, new in became.items() if new])
    for entry in entries:
        if became[entry.message_id] is None:
            yield _kept(entry, Obstacle.REFUSED_BY_QUEUE, "The queue refused it. What it did is taken back.")
        elif entry.message_id not in noted:
            yield _kept(entry, Obstacle.RESOLVED_MEANWHILE, "Somebody dealt with it meanwhile. It is in the queue too.")


def outgoing(entry: LedgerEntry, sources: Mapping[str, LedgerEntry]) -> Outgoing:
    """The message as it was sent once. What SQS itself attached stays in the ledger: nobody may set it."""
    source = sources.get(entry.released_from.message_id, entry) if entry.released_from else entry
    return Outgoing(source.body, source.message_attributes, source.attributes.get("AWSTraceHeader", ""))


def _kept(entry: LedgerEntry, obstacle: Obstacle, detail: str) -> Kept:
    return Kept(entry.message_id, entry.record_key, obstacle, detail)
