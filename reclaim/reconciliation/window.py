"""What an audit looks at, and by which moment it judges."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

BACKDATING_DAYS: Final = 35
"""How far back a biller may still bill by itself, unless somebody says otherwise."""

MAX_BACKDATING_DAYS: Final = 3650


@dataclass(frozen=True, slots=True)
class Window:
    """Applications applied for in ``[opens, closes)``, UTC.

    Attributes:
        as_of: the moment by which lateness is judged, UTC.
        backdating: what is older than this at `as_of` is late.
    """

    opens: datetime
    closes: datetime
    as_of: datetime
    backdating: timedelta = timedelta(days=BACKDATING_DAYS)

    def holds(self, moment: datetime) -> bool:
        """Whether `moment` is in the window."""
        return self.opens <= moment < self.closes
