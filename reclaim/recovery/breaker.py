"""Stops a run that fails more than it should, before it fails on everything.

Quarantined messages do not count: a bad message is an expected outcome. What counts are unexpected failures: a message
that could not be written or read back although nothing is wrong with it.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BreakerPolicy:
    """When the breaker trips.

    Attributes:
        window: how many of the latest messages count.
        minimum: how many must have been seen before a share means anything; no more than the window holds.
        threshold: the share of unexpected failures, above 0 up to 1, at which it trips.
    """

    window: int = 200
    minimum: int = 20
    threshold: float = 0.5


class Breaker:
    """Watches a run's latest messages. Not thread-safe: its owner holds the lock."""

    def __init__(self, policy: BreakerPolicy) -> None:
        self._policy = policy
        self._batches: deque[tuple[int, int]] = deque()
        self._seen = 0
        self._failed = 0
        self._explanation = ""

    @property
    def explanation(self) -> str:
        """Why it tripped; empty while it has not."""
        return self._explanation

    def observe(self, handled: int, failed: int) -> None:
        """Count a batch of `handled` messages of which `failed` failed unexpectedly."""
        self._batches.append((handled, failed))
        self._seen += handled
        self._failed += failed
        while self._seen - self._batches[0][0] >= self._policy.window:
            old_handled, old_failed = self._batches.popleft()
            self._seen -= old_handled
            self._failed -= old_failed
        enough = min(self._policy.minimum, self._policy.window)
        if self._seen >= enough and self._failed >= self._policy.threshold * self._seen:
            self.trip(
                f"{self._failed} of the last {self._seen} messages failed unexpectedly"
                f" (the limit is {self._policy.threshold:.0%})"
            )

    def trip(self, explanation: str) -> None:
        """Trip for a reason of its own; the first reason stays."""
        self._explanation = self._explanation or explanation
