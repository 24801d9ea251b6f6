"""The times of an outage."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final

OUTAGE_START: Final = datetime(2026, 11, 20, 8, tzinfo=UTC)
"""When an outage starts unless it is told otherwise: fixed, since the same seed must write the same bytes."""

BACKDATING_DAYS: Final = 35
"""How far back the biller may still bill by itself; what is older is late."""

_HISTORY: Final = timedelta(days=60)
_OUTAGE: Final = timedelta(days=1)
_MILLISECOND: Final = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Window:
    """What an audit of the outage looks at.

    Attributes:
        started_at: when the outage starts, UTC.
    """

    started_at: datetime

    @property
    def opens_at(self) -> datetime:
        """The audit's `from`: 60 days before the outage."""
        return self.started_at - _HISTORY

    @property
    def as_of(self) -> datetime:
        """The audit's `to` and `as_of`: one day after the outage started."""
        return self.started_at + _OUTAGE

    def days_before(self, rng: Random, low: float, high: float) -> datetime:
        """A moment from `low` to `high` days before the outage."""
        return self.started_at - between(rng, timedelta(days=low), timedelta(days=high))


def between(rng: Random, low: timedelta, high: timedelta) -> timedelta:
    """A time from `low` to just under `high`, in whole milliseconds (what BSON dates hold)."""
    return rng.randrange(low // _MILLISECOND, high // _MILLISECOND) * _MILLISECOND
