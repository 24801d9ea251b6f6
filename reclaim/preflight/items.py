"""An item of the preflight: what must be true of something that was observed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from reclaim.preflight.result import Severity, Status

S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """In the place of an observation that was not made.

    Attributes:
        status: `SKIP` where nobody was asked, `UNREACHABLE` where nobody answered.
        why: a sentence.
    """

    status: Status
    why: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """How one item came out.

    Attributes:
        teams: who to call instead of whoever has that duty.
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
    check: Callable[[S], Verdict]


def passed(seen: str) -> Verdict:
    """The item is as it must be."""
    return Verdict(Status.PASS, seen)


def failed(seen: str, *teams: str) -> Verdict:
    """It is not; `teams` can mend it."""
    return Verdict(Status.FAIL, seen, teams)


def skipped(why: str) -> Verdict:
    """There is nothing to judge."""
    return Verdict(Status.SKIP, why)


def holds(condition: object, seen: str, otherwise: str) -> Verdict:
    """`seen` where the condition is met, a failure that says `otherwise` where not."""
    return passed(seen) if condition else failed(otherwise)
