"""Which currencies are named where there is no room for all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from reclaim.model.outcome import Outcome
from reclaim.reports.model import RunReport, Worth

NAMED: Final = 3
"""The full table is in the report's section on money."""


@dataclass(frozen=True, slots=True)
class Worths:
    """What the clients of one outcome are worth.

    Attributes:
        leading: the currencies with the most clients, most first; amounts of different currencies do not compare.
        others: how many currencies there are besides.
    """

    leading: tuple[tuple[str, Worth], ...]
    others: int


def worths_of(report: RunReport, outcome: Outcome) -> Worths:
    """The worth of `outcome`'s clients in the currencies that matter most."""
    if outcome is Outcome.DUPLICATE:
        return Worths((), 0)
    found = ((currency, getattr(money, outcome.value)) for currency, money in report.money.items())
    ranked = sorted(((c, worth) for c, worth in found if worth.records), key=lambda one: -one[1].records)
    return Worths(tuple(ranked[:NAMED]), max(0, len(ranked) - NAMED))
