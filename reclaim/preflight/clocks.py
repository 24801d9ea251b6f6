"""Whether two clocks agree, given that asking takes time and answers are rounded."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from reclaim.preflight.items import ItemCheck, holds, passed, skipped

MAX_SKEW_SECONDS: Final = 5.0
"""Whether a run lives, and which event is earlier, is decided by times of several machines. AWS refuses at 300 s."""


def skew_seconds(asked: datetime, answered: datetime, theirs: datetime, resolution: timedelta = timedelta(0)) -> float:
    """How far another clock is ahead of ours (behind, if negative) beyond what asking it leaves open.

    Args:
        asked: our time before it was asked.
        answered: our time after that.
        theirs: what it said.
        resolution: what that was cut to.
    """
    if theirs > answered:
        return (theirs - answered).total_seconds()
    return min(0.0, (theirs + resolution - asked).total_seconds())


def clock_agrees(whose: str, skew: float | None) -> ItemCheck:
    """Whether a clock is within bounds; skipped where its time is not known."""
    if skew is None:
        return skipped(f"{whose} gives no time.")
    if abs(skew) < 1:
        return passed("within a second")
    seen = f"{whose}'s clock is {abs(skew):.0f} s {'ahead of' if skew > 0 else 'behind'} this machine's"
    return holds(abs(skew) <= MAX_SKEW_SECONDS, seen, seen)
