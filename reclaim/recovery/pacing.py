"""How fast a run may go: canary batches first, then a pace that halves on failures and rises again slowly.

Additive increase, multiplicative decrease (AIMD), as TCP does it: D. Chiu and R. Jain, "Analysis of the Increase
and Decrease Algorithms for Congestion Avoidance in Computer Networks", 1989. The ceiling is never exceeded.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Final

from reclaim.model.message import MAX_VISIBILITY_SECONDS

CANARY: Final = (1, 2, 5, 20)
"""The sizes of a run's first batches, one at a time: a run that is wrong shows it before it has done much."""


@dataclass(frozen=True, slots=True)
class PacePolicy:
    """How the pace moves.

    Attributes:
        ceiling: messages per second, never exceeded.
        floor: messages per second below which failures do not push it; a lower ceiling still holds.
        slow_write_seconds: a batch that takes longer to write counts as a failure, because a store that slows down is
            about to fail.
        recovery_share: the share of the ceiling by which every good batch raises the pace.
    """

    ceiling: float
    floor: float = 1.0
    slow_write_seconds: float = 5.0
    recovery_share: float = 0.05


class Pace:
    """A token bucket whose rate follows `PacePolicy`. Not thread-safe: its owner holds the lock.

    The bucket is empty at first and holds at most one second's worth of messages: neither the start nor a pause is
    followed by a burst.
    """

    def __init__(self, policy: PacePolicy, now: float) -> None:
        self._policy = policy
        self._rate = policy.ceiling
        self._tokens = 0.0
        self._at = now

    @property
    def rate(self) -> float:
        """Messages per second allowed now."""
        return self._rate

    def reserve(self, messages: int, now: float) -> float:
        """Take `messages` out of the bucket; the seconds to wait before handling them."""
        self._tokens = min(self._rate, self._tokens + (now - self._at) * self._rate) - messages
        self._at = now
        return max(0.0, -self._tokens / self._rate)

    def refund(self, messages: int) -> None:
        """Put back what was reserved and not received."""
        self._tokens += messages

    def slow_down(self) -> None:
        """Halve the pace."""
        self._rate = max(min(self._policy.floor, self._policy.ceiling), self._rate / 2)

    def note_write(self, seconds: float) -> None:
        """A batch was written in so many seconds: a slow one halves the pace, a good one raises it a little."""
        if seconds > self._policy.slow_write_seconds:
            self.slow_down()
        else:
            self._rate = min(self._policy.ceiling, self._rate + self._policy.ceiling * self._policy.recovery_share)


def hide_seconds(receive_count: int, base_seconds: float, rng: random.Random) -> int:
    """How long a deferred message stays hidden: doubles with each receive, jittered by a fifth, capped at 12 h."""
    doubled = base_seconds * 2.0 ** min(max(receive_count, 1) - 1, 40)
    return int(min(MAX_VISIBILITY_SECONDS, doubled * rng.uniform(0.8, 1.2)))
