"""The ledger in memory."""

from __future__ import annotations

from reclaim.model.ledger import LedgerEntry
from reclaim.recovery.dry_run import OverlayLedger


class MemoryLedger(OverlayLedger):
    """Entries in a dictionary: the overlay of a dry run, over no ledger. See `reclaim.ports.Ledger`."""

    def put(self, entry: LedgerEntry) -> None:
        """Put an entry in as it is given."""
        with self._lock:
            self._entries[entry.message_id] = entry

    def all(self) -> list[LedgerEntry]:
        """Every entry, in the order of message IDs."""
        return self._all()
