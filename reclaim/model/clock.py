"""Time as a parameter: what waits or takes the time is given a clock, so that tests need not wait."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Where the time of day, elapsed time and waiting come from."""

    def now(self) -> datetime:
        """The time of day, aware, in UTC, cut to milliseconds (what MongoDB keeps)."""
        ...

    def monotonic(self) -> float:
        """Seconds since some fixed point; never goes back."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait that long."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """The time of day in UTC, cut to milliseconds."""
        return to_milliseconds(datetime.now(UTC))

    def monotonic(self) -> float:
        """Seconds of `time.monotonic`."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Block this thread."""
        time.sleep(seconds)


class ManualClock:
    """A clock for tests: it moves only when something sleeps."""

    def __init__(self, start: datetime = datetime(2026, 11, 20, 8, tzinfo=UTC)) -> None:
        self._start = start
        self._elapsed = 0.0

    def now(self) -> datetime:
        """The start plus the seconds slept so far."""
        return to_milliseconds(self._start + timedelta(seconds=self._elapsed))

    def monotonic(self) -> float:
        """The seconds slept so far."""
        return self._elapsed

    def sleep(self, seconds: float) -> None:
        """Move the clock; return at once."""
        self._elapsed += seconds


def to_milliseconds(moment: datetime) -> datetime:
    """`moment` without the microseconds that BSON dates cannot hold."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
