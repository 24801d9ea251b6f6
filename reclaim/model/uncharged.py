"""Successful job applications, as far as nobody was charged for them: the money that an outage holds up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Uncharged:
    """What the applications of one client on one day come to that have no charge at all.

    Attributes:
        currency: the applications' own, which need not be the client's of today.
        day: of `applied_at`, in UTC.
        applications: how many.
        amount_minor: the sum of their prices in minor units of `currency`, exact.
    """

    record_key: str
    currency: str
    day: date
    applications: int
    amount_minor: int
