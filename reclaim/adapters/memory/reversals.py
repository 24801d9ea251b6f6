"""Takes records in memory back to what they were."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from reclaim.adapters.memory.records import MemoryRecords
from reclaim.contracts.contract import Contract
from reclaim.contracts.documents import record_of
from reclaim.model.record import Record
from reclaim.undo.model import BuiltOn, Reversal


@dataclass
class MemoryReversals:
    """See `reclaim.undo.ports.Reversals`.

    Attributes:
        applications: record key, identity, and the run that gave it, of each application.
        charges: record key and time of each charge.
    """

    contract: Contract
    records: MemoryRecords
    applications: list[tuple[str, str | None, str | None]] = field(default_factory=list)
    charges: list[tuple[str, datetime]] = field(default_factory=list)

    def written_by(self, run_id: str) -> Iterator[Record]:
        """In the order of record keys."""
        mine = (one for one in self.records.all() if one.recovery and one.recovery.run_id == run_id)
        yield from sorted(mine, key=lambda record: record.record_key)

    def built_on(self, records: Sequence[Record]) -> dict[str, BuiltOn]:
        """One record after the other."""
        built = {one.record_key: self._built_on(one, one.recovery.recovered_at) for one in records if one.recovery}
        return {record_key: found for record_key, found in built.items() if found != BuiltOn()}

    def take_back(self, reversals: Sequence[Reversal]) -> None:
        """Each on its own condition."""
        for one in reversals:
            held = self.records.find([one.record_key]).get(one.record_key)
            if held and held.document == one.now:
                self.records.drop(one.record_key)
                if one.before is not None:
                    self.records.put(record_of(one.before, self.contract))

    def _built_on(self, record: Record, since: datetime) -> BuiltOn:
        mine = [
            by for owner, identity, by in self.applications if (owner, identity) == (record.record_key, record.identity)
        ]
        charges = [at for owner, at in self.charges if owner == record.record_key and at >= since]
        return BuiltOn(len(mine), tuple(sorted(set(filter(None, mine)))), len(charges))
