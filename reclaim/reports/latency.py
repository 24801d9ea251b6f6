"""How long messages took from step to step, one by one: from the times that the ledger holds."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from reclaim.model.percentiles import nearest_rank
from reclaim.reports.parts import MessageLatency

INTERVALS: Final[Mapping[str, tuple[str, str]]] = {
    "waited": ("sent", "received"),
    "record": ("received", "recorded"),
    "decide": ("recorded", "decided"),
    "write": ("decided", "written"),
    "settle": ("written", "settled"),
    "handled": ("received", "settled"),
}
"""Between which two steps of the ledger each latency lies. `waited` is the time from the first send, so most of it is
the outage's own; `handled` is what the run is answerable for."""


class Latencies:
    """Collects intervals, eight bytes each."""

    def __init__(self) -> None:
        self._milliseconds = {name: array("d") for name in INTERVALS}

    def add(self, steps: Mapping[str, datetime | None]) -> None:
        """Take in one message; intervals that it did not go through count nowhere."""
        for name, (start, end) in INTERVALS.items():
            begun, ended = steps.get(start), steps.get(end)
            if begun and ended:
                self._milliseconds[name].append((ended - begun).total_seconds() * 1000)

    def result(self) -> dict[str, MessageLatency]:
        """By interval, those that any message went through."""
        return {name: _percentiles(sorted(found)) for name, found in self._milliseconds.items() if found}


def _percentiles(ordered: Sequence[float]) -> MessageLatency:
    p50, p95, p99 = (round(nearest_rank(ordered, percent), 1) for percent in (50, 95, 99))
    return MessageLatency(p50_ms=p50, p95_ms=p95, p99_ms=p99, max_ms=round(ordered[-1], 1), messages=len(ordered))
