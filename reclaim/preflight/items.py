"""An item of the preflight: what must be true of something that was observed, and the check that two clocks agree."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Generic, TypeVar

from reclaim.preflight.result import Severity, Status

S = TypeVar("S")

MAX_SKEW_SECONDS: Final = 5.0
"""Whether a run lives, and which event is earlier, is decided by times of several machines. AWS refuses at 300 s."""


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """Stands for an observation that was not made.

    Attributes:
        status: `SKIP` where nothing was asked, `UNREACHABLE` where nothing answered.
        why: a sentence.
    """

    status: Status
    why: str


@dataclass(frozen=True, slots=True)
class ItemCheck:
    """What the check of one item gave.

    Attributes:
        teams: who to call instead of the team that has the duty.
    """

    status: Status
    seen: str
    teams: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Item(Generic[S]):
    """What must be true of an observation `S`.

    Attributes:
        code: stable; its first part names the duty, and so who to call.
        todo: what to do where it fails.
    """

    code: str
    title: str
    severity: Severity
    todo: str
    check: Callable[[S], ItemCheck]


def passed(seen: str) -> ItemCheck:
    """The item is as it must be."""
    return ItemCheck(Status.PASS, seen)


def failed(seen: str, *teams: str) -> ItemCheck:
    """It is not; `teams` can repair it."""
    return ItemCheck(Status.FAIL, seen, teams)


def skipped(why: str) -> ItemCheck:
    """There is nothing to check."""
    return ItemCheck(Status.SKIP, why)


def holds(condition: object, seen: str, otherwise: str) -> ItemCheck:
    """`seen` where the condition is met, a failure that says `otherwise` where not."""
    return passed(seen) if condition else failed(otherwise)


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
