"""What stands to be billed and is not: the uncharged applications of the clients that messages name.

Amounts are whole numbers in minor units of the currency they stand under, of any size, never summed across currencies.
"""

from __future__ import annotations

from datetime import date

from pydantic import Field

from reclaim.exposure.claims import Standing
from reclaim.model.outcome import Cause
from reclaim.reports.parts import Part
from reclaim.text.printable import PrintableText

TOP_RECORDS = 10
"""How many clients each standing of a currency names."""


class Money(Part):
    """Uncharged applications of one currency.

    Attributes:
        clients: how many clients they belong to; one without any is not counted.
        applications: how many there are.
        amount_minor: what they come to.
    """

    records: int = 0
    applications: int = 0
    amount_minor: int = 0


class RecordMoney(Part):
    """What one client's uncharged applications come to, and why they are held up."""

    record_key: PrintableText
    cause: Cause
    applications: int
    amount_minor: int


class Stake(Money):
    """The money of one standing, taken apart.

    Attributes:
        causes: by cause; they add up to the whole, because a client has one cause.
        days: by the UTC day of application; amounts and applications add up, clients may appear on several days.
        top_records: those with the most money, most first.
    """

    causes: dict[Cause, Money] = Field(default_factory=dict)
    days: dict[date, Money] = Field(default_factory=dict)
    top_records: tuple[RecordMoney, ...] = ()


class CurrencyExposure(Part):
    """The money of one currency by where it stands, see `reclaim.exposure.claims.Standing`."""

    at_risk: Stake = Stake()
    recovered: Stake = Stake()
    quarantined: Stake = Stake()

    def of(self, standing: Standing) -> Stake:
        """The money of that standing."""
        stake: Stake = getattr(self, standing.value)
        return stake


Exposure = dict[str, CurrencyExposure]
"""By currency, in alphabetical order; only currencies that occur."""
