"""The collection of records in memory."""

from __future__ import annotations

from reclaim.model.record import Record
from reclaim.recovery.dry_run import OverlayRecords


class MemoryRecords(OverlayRecords):
    """Records in a dictionary: the overlay of a dry run, over no store. See `reclaim.ports.RecordStore`."""

    def drop(self, record_key: str) -> None:
        """Remove a record, and its identity with it."""
        with self._lock:
            held = self._records.pop(record_key, None)
            if held and held.identity:
                self._owners.pop(held.identity, None)

    def all(self) -> list[Record]:
        """Every record."""
        with self._lock:
            return list(self._records.values())
