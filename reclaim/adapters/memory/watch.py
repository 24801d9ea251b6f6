"""The in-memory twins of CloudWatch and of the collection `watches`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from reclaim.model.metric import Metric
from reclaim.model.queue_check import Memory


class MemoryMetrics:
    """Keeps what is published; alarms are in the state that a test sets. See `reclaim.ports.Metrics`."""

    def __init__(self) -> None:
        self.published: list[tuple[datetime, Metric]] = []
        self.alarms: dict[str, str] = {}

    def publish(self, metrics: Sequence[Metric], at: datetime) -> None:
        """Keep them."""
        self.published += [(at, metric) for metric in metrics]

    def states(self, alarms: Sequence[str]) -> dict[str, str]:
        """Those that were set."""
        return {name: self.alarms[name] for name in alarms if name in self.alarms}


class MemoryWatchStates:
    """Memories in a dictionary; see `reclaim.ports.WatchStateStore`."""

    def __init__(self) -> None:
        self._memories: dict[str, Memory] = {}

    def load(self, queue: str) -> Memory | None:
        """By queue."""
        return self._memories.get(queue)

    def save(self, memory: Memory) -> None:
        """In the place of the last."""
        self._memories[memory.queue] = memory
