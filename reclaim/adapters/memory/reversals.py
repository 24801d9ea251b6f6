"""The in-memory twin of the way back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from reclaim.adapters.memory.records import MemoryRecords
from reclaim.model.documents import record_of
from reclaim.model.record import Record
from reclaim.undo.values import BuiltOn, Reversal


@dataclass
class MemoryReversals:
    """See `reclaim.undo.ports.Reversals`.

    Attributes:
        applications: client ID, tracking ID, and the run that gave it, of each application.
        charges: client ID and time of each charge.
    """

    clients: MemoryRecords
    applications: list[tuple[str, str | None, str | None]] = field(default_factory=list)
    charges: list[tuple[str, datetime]] = field(default_factory=list)

    def written_by(self, run_id: str) -> Iterator[Record]:
        """In the order of client IDs."""
        mine = (one for one in self.clients.all() if one.recovery and one.recovery.run_id == run_id)
        yield from sorted(mine, key=lambda client: client.client_id)

    def built_on(self, clients: Sequence[Record]) -> dict[str, BuiltOn]:
        """One client after the other."""
        built = {one.client_id: self._built_on(one, one.recovery.recovered_at) for one in clients if one.recovery}
        return {client_id: found for client_id, found in built.items() if found != BuiltOn()}

    def take_back(self, reversals: Sequence[Reversal]) -> None:
        """Each on its own condition."""
        for one in reversals:
            held = self.clients.find([one.client_id]).get(one.client_id)
            if held and held.document == one.now:
                self.clients.drop(one.client_id)
                if one.before is not None:
                    self.clients.put(record_of(one.before))

    def _built_on(self, client: Record, since: datetime) -> BuiltOn:
        mine = [by for owner, tracking_id, by in self.applications if (owner, tracking_id) == _of(client)]
        charges = [at for owner, at in self.charges if owner == client.client_id and at >= since]
        return BuiltOn(len(mine), tuple(sorted(set(filter(None, mine)))), len(charges))


def _of(client: Record) -> tuple[str, str | None]:
    return client.client_id, client.tracking_id
