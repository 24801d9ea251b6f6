"""CloudWatch and the collection `watches` in memory."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from reclaim.model.metric import Metric
from reclaim.model.queue_check import WatchState


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
    """States in a dictionary; see `reclaim.ports.WatchStateStore`."""

    def __init__(self) -> None:
        self._states: dict[str, WatchState] = {}

    def load(self, queue: str) -> WatchState | None:
        """By queue."""
        return self._states.get(queue)

    def save(self, state: WatchState) -> None:
        """Replace the last one."""
        self._states[state.queue] = state
