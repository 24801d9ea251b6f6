"""The resolutions in memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from reclaim.adapters.memory.ledger import MemoryLedger
from reclaim.model.ledger import LedgerEntry, Resolution
from reclaim.model.outcome import Cause


class MemoryResolutions:
    """See `reclaim.ports.Resolutions`; works on the entries of a `MemoryLedger`."""

    def __init__(self, ledger: MemoryLedger) -> None:
        self._ledger = ledger

    def resolve(self, resolutions: Sequence[Resolution]) -> frozenset[str]:
        """One after the other, each on its own condition."""
        done = set()
        for one in resolutions:
            entry = self._ledger.find([one.message_id]).get(one.message_id)
            if entry is None or not entry.is_settled:
                continue
            if entry.resolution is None:
                self._ledger.put(replace(entry, resolution=one))
                done.add(one.message_id)
            elif (entry.resolution.run_id, entry.resolution.kind) == (one.run_id, one.kind):
                done.add(one.message_id)
        return frozenset(done)

    def open_quarantine(
        self, contract: str, *, queue: str | None = None, cause: Cause | None = None
    ) -> Iterator[LedgerEntry]:
        """In the order of message IDs."""
        for entry in self._ledger.all():
            if (
                entry.is_open
                and entry.contract == contract
                and queue in (None, entry.queue)
                and cause in (None, entry.cause)
            ):
                yield entry
