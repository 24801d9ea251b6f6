"""A recovery's bench with what an undo needs beside it, in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from reclaim.adapters.memory.resolutions import MemoryResolutions
from reclaim.adapters.memory.reversals import MemoryReversals
from reclaim.adapters.memory.sqs import MemorySender
from reclaim.model.batched import batched
from reclaim.model.ledger import LedgerEntry
from reclaim.model.message import Outgoing
from reclaim.model.record import Record
from reclaim.undo import steps
from reclaim.undo.model import KeptItem, UndoTotals
from reclaim.undo.steps import UndoDecisions, UndoNote, UndoStores
from tests.bench import Bench
from tests.builders import CONTRACT, KEY, NOW, RUN

NOTE = UndoNote("undo-1", NOW, "ann", "INC-1")

Send = Callable[[Sequence[Outgoing]], list[str | None]]


class UndoBench(Bench):
    """`undo` takes a run back, as the flow does."""

    def __init__(self) -> None:
        super().__init__()
        self.resolutions = MemoryResolutions(self.ledger)
        self.reversals = MemoryReversals(CONTRACT, self.records)
        self.stores = UndoStores(CONTRACT, self.records, self.ledger, self.reversals, KEY)
        self.send: Send = MemorySender(self.queue).send

    def decisions(self, run_id: str = RUN) -> UndoDecisions:
        run = self.runs.get(run_id)
        assert run is not None
        return steps.decide_run(self.stores, run)

    def undo(self, run_id: str = RUN, note: UndoNote = NOTE) -> UndoTotals:
        """The whole undo, batch by batch."""
        planned = self.decisions(run_id)
        totals = UndoTotals()
        totals.add_kept(planned.kept)
        for ids in batched([undo.message_id for undo in planned.undos], 3):
            taken = steps.take_back(self.stores, ids)
            totals.add_undone(taken.undos, [*taken.kept, *self.return_messages(taken, note)])
        return totals

    def return_messages(self, taken: UndoDecisions, note: UndoNote = NOTE) -> list[KeptItem]:
        return steps.return_messages(self.ledger, self.resolutions, self, taken.undos, note)

    # --- Then ------------------------------------------------------------------------------------------------

    def known(self) -> dict[str, dict[str, Any]]:
        """Every record's document without its recovery, by key."""
        return {
            one.record_key: {name: value for name, value in one.document.items() if name != "recovery"}
            for one in self.records.all()
        }

    def waiting(self) -> Counter[str]:
        """The bodies in the queue."""
        return Counter(slot.body for slot in self.queue._slots.values())

    def entry(self, message_id: str) -> LedgerEntry:
        return self.ledger.find([message_id])[message_id]

    def the(self, record_key: str = "cl_1") -> Record:
        return self.records.find([record_key])[record_key]

    def change(self, record_key: str = "cl_1", **fields: object) -> None:
        """Another program changes a record."""
        held = self.the(record_key)
        self.records.put(replace(held, document={**held.document, **fields}))


def counted(totals: UndoTotals) -> dict[str, int]:
    """The counts that are not zero."""
    return {effect.value: count for effect, count in totals.counts.items() if count}


def reasons(totals: UndoTotals) -> list[str]:
    return [kept.reason.value for kept in totals.kept]


def sent(bench: Bench, bodies: Iterable[str]) -> list[str]:
    return [bench.queue.send(body) for body in bodies]
