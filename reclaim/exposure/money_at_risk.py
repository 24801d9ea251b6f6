"""What could be billed and is not: the uncharged applications of the records that messages name.

Amounts are whole numbers in minor units of the currency they stand under, of any size, never summed across currencies.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from pydantic import Field

from reclaim.model.frozen import FrozenModel
from reclaim.model.outcome import Cause
from reclaim.text.printable import PrintableText

TOP_RECORDS = 10
"""How many records each status of a currency names."""


class MoneyStatus(StrEnum):
    """The status of a record's uncharged applications. Of several that fit, the first counts."""

    RECOVERED = "recovered"
    """A run gave the record its identity: the applications can be billed, and are not yet."""
    AT_RISK = "at_risk"
    """Its message is still in the queue, and is lost when SQS drops it."""
    QUARANTINED = "quarantined"
    """Only quarantined messages name it: a person must act before anything can be billed."""


class RecordAmounts(FrozenModel):
    """The amounts that the events of some records state, in minor units of one currency.

    Attributes:
        records: how many records; each counts once.
        messages: how many messages named them.
        rate_minor_total: the sum of the records' amounts.
    """

    records: int = 0
    messages: int = 0
    rate_minor_total: int = 0


class UnchargedMoney(FrozenModel):
    """Uncharged applications of one currency.

    Attributes:
        records: how many records they belong to; one without any is not counted.
        applications: how many there are.
        amount_minor: their sum.
    """

    records: int = 0
    applications: int = 0
    amount_minor: int = 0


class RecordMoney(FrozenModel):
    """The sum of one record's uncharged applications, and the cause that holds them up."""

    record_key: PrintableText
    cause: Cause
    applications: int
    amount_minor: int


class MoneyAtRisk(UnchargedMoney):
    """The money of one status, broken down.

    Attributes:
        causes: by cause; they add up to the whole, because a record has one cause.
        days: by the UTC day of application; amounts and applications add up, records may appear on several days.
        top_records: those with the most money, most first.
    """

    causes: dict[Cause, UnchargedMoney] = Field(default_factory=dict)
    days: dict[date, UnchargedMoney] = Field(default_factory=dict)
    top_records: tuple[RecordMoney, ...] = ()


class CurrencyExposure(FrozenModel):
    """The money of one currency by its status."""

    at_risk: MoneyAtRisk = MoneyAtRisk()
    recovered: MoneyAtRisk = MoneyAtRisk()
    quarantined: MoneyAtRisk = MoneyAtRisk()

    def of(self, status: MoneyStatus) -> MoneyAtRisk:
        """The money of that status."""
        found: MoneyAtRisk = getattr(self, status.value)
        return found


Exposure = dict[str, CurrencyExposure]
"""By currency, in alphabetical order; only currencies that occur."""
