"""An item of the preflight: what must be true of something that was observed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from reclaim.preflight.result import Severity, Status

S = TypeVar("S")


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
