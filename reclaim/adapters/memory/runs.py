"""The registry of runs in memory."""

from __future__ import annotations

import threading
from datetime import datetime

from reclaim.model.run import RunRecord, RunState


class MemoryRuns:
    """Runs in a dictionary; see `reclaim.ports.RunRegistry`."""

    def __init__(self) -> None:
        self._runs: dict[str, RunRecord] = {}
        self._lock = threading.RLock()

    def begin(self, run: RunRecord) -> None:
        """Enter it."""
        self.save(run)

    def save(self, run: RunRecord) -> None:
        """Replace it."""
        with self._lock:
            self._runs[run.run_id] = run.model_copy(deep=True)

    def beat(self, run_id: str, at: datetime) -> None:
        """Set one field."""
        with self._lock:
            if run_id in self._runs:
                self._runs[run_id] = self._runs[run_id].model_copy(update={"heartbeat_at": at})

    def get(self, run_id: str) -> RunRecord | None:
        """By ID."""
        return next((run for run in self._all() if run.run_id == run_id), None)

    def running(self) -> list[RunRecord]:
        """By state."""
        return [run for run in self._all() if run.state is RunState.RUNNING]

    def interrupted(self, queue: str) -> list[RunRecord]:
        """By state."""
        return [r for r in self._all() if r.state is RunState.INTERRUPTED and not r.closed_by and r.queue == queue]

    def latest(self, limit: int) -> list[RunRecord]:
        """Newest first."""
        return sorted(self._all(), key=lambda run: run.started_at, reverse=True)[:limit]

    def _all(self) -> list[RunRecord]:
        """Copies, as a database would hand them out."""
        with self._lock:
            return [run.model_copy(deep=True) for run in self._runs.values()]
