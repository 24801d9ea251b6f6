"""The steps of an undo: decide, take records back, send messages again. Each may be repeated after a failure.

A record is taken back before its message is sent: the other way round, a recovery could find the record still there,
and settle the message as a duplicate of what is about to be removed. Killed in between, the message is in the ledger
alone, and the next undo of the run sends it. Killed between sending a message and noting it, up to ten messages are
sent twice; a recovery counts the second copies as duplicates.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from reclaim.contracts.contract import Contract
from reclaim.contracts.reading import read_event
from reclaim.model.batched import batched
from reclaim.model.ledger import LedgerEntry, Resolution, ResolutionKind
from reclaim.model.message import Outgoing, in_calls
from reclaim.model.run import RunRecord, RunState
from reclaim.ports import Ledger, RecordStore, Resolutions
from reclaim.undo.model import BuiltOn, KeptItem, Obstacle, Undo
from reclaim.undo.plan import UndoPlanner, is_as_before
from reclaim.undo.ports import Reversals, Sender

_CHUNK: Final = 500


class UndoDecisions:
    """What can be taken back, in the order in which the run received it, and what cannot.

    A plain class, which the orchestrator does not look into message by message.
    """

    __slots__ = ("kept", "undos")

    def __init__(self, undos: Iterable[Undo] = (), kept: Iterable[KeptItem] = ()) -> None:
        self.undos = tuple(undos)
        self.kept = tuple(kept)


@dataclass(frozen=True, slots=True)
class UndoNote:
    """What the ledger says of every message that an undo sends again: which undo, when, who, why."""

    run_id: str
    at: datetime
    operator: str
    reason: str

    def on(self, message_id: str, became: str) -> Resolution:
        """The resolution of one message, whose new ID is `became`."""
        return Resolution(message_id, ResolutionKind.UNDONE, self.run_id, self.at, self.operator, self.reason, became)


@dataclass(frozen=True, slots=True)
class UndoStores:
    """Records and ledger of a contract, as an undo reads and writes them.

    Attributes:
        key: derives the identities that the run must have given.
    """

    contract: Contract
    records: RecordStore
    ledger: Ledger
    reversals: Reversals
    key: bytes = field(repr=False)


def decide_run(stores: UndoStores, run: RunRecord) -> UndoDecisions:
    """Decide about everything that the run left; changes nothing."""
    undos: list[tuple[datetime, Undo]] = []
    kept: list[KeptItem] = []
    for chunk in batched(_left_by(stores, run), _CHUNK):
        decided = _decide_entries(stores, chunk)
        received = {entry.message_id: entry.steps["received"] for entry in chunk}
        # Their documents are read again when they are taken back; those of a large run would not fit into memory.
        undos += [(received[one.message_id], replace(one, reversal=None)) for one in decided.undos]
        kept += decided.kept
    undos.sort(key=lambda one: (one[0], one[1].message_id))
    return UndoDecisions([undo for _, undo in undos], kept)


def take_back(stores: UndoStores, message_ids: Collection[str]) -> UndoDecisions:
    """Decide about these messages again, take their records back, and read back which are as they were."""
    found = stores.ledger.find(message_ids)
    decided = _decide_entries(stores, [found[one] for one in message_ids if one in found])
    reversals = {one.message_id: one.reversal for one in decided.undos if one.reversal}
    stores.reversals.take_back(list(reversals.values()))
    now = stores.records.find({reversal.record_key for reversal in reversals.values()})
    lost = {one for one, wanted in reversals.items() if not is_as_before(now.get(wanted.record_key), wanted.before)}
    detail = f"Its {stores.contract.words.record} was changed while it was being taken back."
    return UndoDecisions(
        [replace(one, reversal=None) for one in decided.undos if one.message_id not in lost],
        [
            *decided.kept,
            *(KeptItem(one, reversals[one].record_key, Obstacle.RECORD_CHANGED, detail) for one in sorted(lost)),
        ],
    )


def return_messages(
    ledger: Ledger, resolutions: Resolutions, sender: Sender, undos: Collection[Undo], note: UndoNote
) -> list[KeptItem]:
    """Send messages to the queue again, and note that in the ledger; what could not be sent.

    Those that an earlier try has sent have that note, and are skipped.
    """
    found = ledger.find([one.message_id for one in undos if one.returns])
    waiting = [found[one.message_id] for one in undos if one.message_id in found]
    waiting = [entry for entry in waiting if not entry.resolution]
    # A released message is sent as it was before the release: the edit is part of what is undone.
    sources = ledger.find([entry.released_from.message_id for entry in waiting if entry.released_from])
    kept: list[KeptItem] = []
    for call in in_calls([outgoing(entry, sources) for entry in waiting]):
        kept += _send(resolutions, sender, waiting[: len(call)], call, note)
        del waiting[: len(call)]
    return kept


def _left_by(stores: UndoStores, run: RunRecord) -> Iterator[LedgerEntry]:
    """The run's entries, and those that it wrote a record for but was stopped before it settled."""
    yield from stores.ledger.of_run(run.run_id)
    if run.state is RunState.COMPLETED:
        return
    written = stores.reversals.written_by(run.run_id)
    for chunk in batched((record.recovery.message_id for record in written if record.recovery), _CHUNK):
        yield from (entry for entry in stores.ledger.find(chunk).values() if entry.outcome is None)


def _decide_entries(stores: UndoStores, entries: Iterable[LedgerEntry]) -> UndoDecisions:
    entries = list(entries)
    back = _back_already(stores.ledger, entries)
    entries = [entry for entry in entries if entry.message_id not in back]
    named = {entry.message_id: record_key for entry in entries if (record_key := _record_key(entry, stores.contract))}
    records = stores.records.find(set(named.values()))
    built = stores.reversals.built_on([record for record in records.values() if record.recovery])
    planner = UndoPlanner(stores.contract, stores.key)
    undos, kept = [], []
    for entry in entries:
        record_key = named.get(entry.message_id, "")
        decision = planner.decide(entry, records.get(record_key), built.get(record_key, BuiltOn()))
        if isinstance(decision, Undo):
            undos.append(decision)
        elif decision:
            kept.append(decision)
    return UndoDecisions(undos, kept)


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


def _record_key(entry: LedgerEntry, contract: Contract) -> str | None:
    """The record that the message names. Until it is settled, only its body says so."""
    return entry.record_key if entry.is_settled else read_event(entry.body, contract).record_key


def _send(
    resolutions: Resolutions, sender: Sender, entries: Sequence[LedgerEntry], call: Sequence[Outgoing], note: UndoNote
) -> Iterator[KeptItem]:
    """One call, and its note right after it; what was refused, or got another resolution meanwhile."""
    became = {entry.message_id: new for entry, new in zip(entries, sender.send(call), strict=True)}
    noted = resolutions.resolve([note.on(one, new) for one, new in became.items() if new])
    for entry in entries:
        if became[entry.message_id] is None:
            yield KeptItem.of(entry, Obstacle.REFUSED_BY_QUEUE, "The queue refused it. What it did is taken back.")
        elif entry.message_id not in noted:
            detail = "It was released or written off meanwhile. It is in the queue too."
            yield KeptItem.of(entry, Obstacle.RESOLVED_MEANWHILE, detail)


def outgoing(entry: LedgerEntry, sources: Mapping[str, LedgerEntry]) -> Outgoing:
    """The message as it was sent once. What SQS itself attached stays in the ledger: no sender can set it."""
    source = sources.get(entry.released_from.message_id, entry) if entry.released_from else entry
    return Outgoing(source.body, source.message_attributes, source.attributes.get("AWSTraceHeader", ""))
