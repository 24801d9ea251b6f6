"""A recovery's bench with the way back: everything an undo needs, in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from reclaim.adapters.memory.resolutions import MemoryResolutions
from reclaim.adapters.memory.reversals import MemoryReversals
from reclaim.model.batched import batched
from reclaim.model.ledger import LedgerEntry
from reclaim.model.message import Outgoing
from reclaim.model.record import Record
from reclaim.undo import steps
from reclaim.undo.model import Counted, Tally
from reclaim.undo.steps import Decided, Note, UndoStores
from tests.bench import Bench
from tests.builders import KEY, NOW, RUN

NOTE = Note("undo-1", NOW, "ann", "INC-1")

Send = Callable[[Sequence[Outgoing]], list[str | None]]


class UndoBench(Bench):
    """`undo` takes a run back, as the flow does."""

    def __init__(self) -> None:
        super().__init__()
        self.resolutions = MemoryResolutions(self.ledger)
        self.reversals = MemoryReversals(self.records)
        self.record = UndoStores(self.records, self.ledger, self.reversals, KEY)
        self.send: Send = MemorySender(self.queue).send

    def look(self, run_id: str = RUN) -> Decided:
        run = self.runs.get(run_id)
        assert run is not None
        return steps.look(self.record, run)

    def undo(self, run_id: str = RUN, note: Note = NOTE) -> Tally:
        """The whole undo, batch by batch."""
        ahead = self.look(run_id)
        tally = Tally()
        tally.keep(ahead.kept)
        for ids in batched([undo.message_id for undo in ahead.undos], 3):
            taken = steps.take_back(self.record, ids)
            tally.took_back(taken.undos, [*taken.kept, *self.put_back(taken, note)])
        return tally

    def put_back(self, taken: Decided, note: Note = NOTE) -> list[Any]:
        return list(steps.put_back(self.ledger, self.resolutions, self, taken.undos, note))

    # --- Then ------------------------------------------------------------------------------------------------

    def known(self) -> dict[str, dict[str, Any]]:
        """Every client's document, apart from how it came about."""
        return {c.record_key: {k: v for k, v in c.document.items() if k != "recovery"} for c in self.records.all()}

    def waiting(self) -> Counter[str]:
        """The bodies in the queue."""
        return Counter(slot.body for slot in self.queue._slots.values())

    def entry(self, message_id: str) -> LedgerEntry:
        return self.ledger.find([message_id])[message_id]

    def the(self, record_key: str = "cl_1") -> Record:
        return self.records.find([record_key])[record_key]

    def change(self, record_key: str = "cl_1", **fields: object) -> None:
        """Somebody changes a client by hand."""
        held = self.the(record_key)
        self.records.put(replace(held, document={**held.document, **fields}))


def counted(tally: Tally) -> dict[str, int]:
    """The counts that are not zero."""
    return {what.value: count for what, count in tally.counts.items() if count}


def reasons(tally: Tally) -> list[str]:
    return [kept.obstacle.value for kept in tally.kept]


def sent(bench: Bench, bodies: Iterable[str]) -> list[str]:
    return [bench.queue.send(body) for body in bodies]


NOTHING = dict.fromkeys(Counted, 0)
