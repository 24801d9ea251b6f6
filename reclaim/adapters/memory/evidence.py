"""The chain of evidence in memory."""

from __future__ import annotations

import threading

from reclaim.model.chain import Link


class MemoryEvidence:
    """Links in a list per location; see `reclaim.ports.EvidenceChain`."""

    def __init__(self) -> None:
        self._chains: dict[str, list[Link]] = {}
        self._lock = threading.Lock()

    def head(self, location: str) -> Link | None:
        """The last of the list."""
        with self._lock:
            return next(reversed(self._chains.get(location, [])), None)

    def of_run(self, location: str, run_id: str) -> Link | None:
        """By walking the list."""
        with self._lock:
            return next((link for link in self._chains.get(location, []) if link.run_id == run_id), None)

    def append(self, link: Link) -> bool:
        """Only at the end."""
        with self._lock:
            chain = self._chains.setdefault(link.location, [])
            is_next = link.sequence == len(chain) + 1
            if is_next:
                chain.append(link)
            return is_next
