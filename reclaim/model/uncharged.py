"""Applications that have not been charged: the money that an outage holds up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Uncharged:
    """What the applications of one record on one day come to that have no charge at all.

    Attributes:
        currency: the applications' own, which need not be the record's of today.
        day: on which they happened, in UTC.
        applications: how many.
        amount_minor: the sum of their prices in minor units of `currency`, exact.
    """

    record_key: str
    currency: str
    day: date
    applications: int
    amount_minor: int
