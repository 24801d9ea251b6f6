"""The books of one run while it runs: what it received, and what it says became of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable

from reclaim.model.outcome import Cause, Counts, Outcome


class RunBooks:
    """Counts, and the IDs of what stayed in the queue. Not thread-safe: its owner holds the lock."""

    def __init__(self) -> None:
        self._received = 0
        self._outcomes: Counter[tuple[Outcome, Cause]] = Counter()
        self._deferred: dict[str, Cause] = {}
        self.reacknowledged = 0

    def accept(self, message_ids: Collection[str]) -> None:
        """Enter messages as received; one that comes back after a deferral is in the books already."""
        self._received += len(message_ids) - self._taken_back(message_ids)

    def reacknowledge(self, message_ids: Collection[str], *, accepted: bool) -> None:
        """These were settled by somebody else: out of the books, if they were `accepted` into them."""
        self.reacknowledged += len(message_ids)
        # One that this run had deferred is in the books as well, whoever has settled it since.
        deferred = self._taken_back(message_ids)
        self._received -= len(message_ids) if accepted else deferred

    def account(self, outcomes: Iterable[tuple[Outcome, Cause]]) -> None:
        """Enter the final outcomes of a batch."""
        self._outcomes.update(outcomes)

    def defer(self, causes: dict[str, Cause]) -> None:
        """Enter messages that stay in the queue, by ID."""
        self._deferred |= causes

    @property
    def deferred(self) -> int:
        """How many messages this run left in the queue."""
        return len(self._deferred)

    @property
    def deferred_causes(self) -> dict[str, int]:
        """Why they stayed there."""
        return dict(Counter(cause.value for cause in self._deferred.values()))

    @property
    def counts(self) -> Counts:
        """The books."""
        by_outcome: Counter[Outcome] = Counter()
        for (outcome, _), count in self._outcomes.items():
            by_outcome[outcome] += count
        by_outcome[Outcome.DEFERRED] += self.deferred
        return Counts.of(self._received, by_outcome)

    @property
    def causes(self) -> dict[str, int]:
        """Messages by cause, whatever became of them."""
        causes: Counter[str] = Counter(self.deferred_causes)
        for (_, cause), count in self._outcomes.items():
            causes[cause.value] += count
        return dict(causes)

    def _taken_back(self, message_ids: Collection[str]) -> int:
        return sum(1 for message_id in message_ids if self._deferred.pop(message_id, None))
