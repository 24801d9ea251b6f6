"""Adds up the uncharged applications of the clients that messages name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby
from typing import Final

from reclaim.exposure.claims import Claim, Claims, Standing
from reclaim.exposure.money_at_risk import TOP_RECORDS, CurrencyExposure, Exposure, Money, RecordMoney, Stake
from reclaim.exposure.retention import hour_of
from reclaim.model.batched import batched
from reclaim.model.outcome import Cause
from reclaim.model.uncharged import Uncharged
from reclaim.ports import Applications, RecordStore

_CHUNK: Final = 1000
"""Clients asked about at once."""

_CROWD: Final = 100 * TOP_RECORDS
"""Contenders for the top clients that are kept before all but the first are let go."""


@dataclass(frozen=True, slots=True)
class Assessment:
    """What the claims are worth.

    Attributes:
        exposure: by currency and standing.
        due: the money at risk by the hour in which its message is dropped, and by currency.
    """

    exposure: Exposure
    due: dict[datetime, dict[str, Money]]


def assess(claims: Claims, records: RecordStore, applications: Applications) -> Assessment:
    """Add up what the clients of `claims` have not been charged for.

    A client that has a tracking ID without any of these runs holds nothing up: what it was not charged is for the
    biller to take, and stands nowhere here.

    Raises:
        StoreUnavailable: MongoDB cannot be reached.
    """
    sums = _Sums()
    for chunk in batched(claims.records(), _CHUNK):
        unrecovered = [one for one in chunk if claims[one].standing is not Standing.RECOVERED]
        attributable = records.attributable(unrecovered)
        rows = applications.uncharged([one for one in chunk if one not in attributable])
        for record_key, of_record in groupby(rows, key=lambda row: row.record_key):
            sums.add(record_key, claims[record_key], list(of_record))
    return Assessment(sums.exposure(), sums.money_due())


@dataclass(slots=True)
class _Sum:
    records: int = 0
    applications: int = 0
    amount_minor: int = 0

    def add(self, applications: int, amount_minor: int) -> None:
        """One client more."""
        self.records += 1
        self.applications += applications
        self.amount_minor += amount_minor

    def money(self) -> Money:
        return Money(records=self.records, applications=self.applications, amount_minor=self.amount_minor)


@dataclass(slots=True)
class _Stake:
    """One currency and standing while it grows."""

    whole: _Sum = field(default_factory=_Sum)
    causes: dict[Cause, _Sum] = field(default_factory=dict)
    days: dict[date, _Sum] = field(default_factory=dict)
    contenders: list[tuple[int, str, Cause, int]] = field(default_factory=list)

    def add(self, record_key: str, cause: Cause, rows: Sequence[Uncharged]) -> None:
        applications, amount = sum(row.applications for row in rows), sum(row.amount_minor for row in rows)
        self.whole.add(applications, amount)
        self.causes.setdefault(cause, _Sum()).add(applications, amount)
        for row in rows:
            self.days.setdefault(row.day, _Sum()).add(row.applications, row.amount_minor)
        self.contenders.append((-amount, record_key, cause, applications))
        if len(self.contenders) > _CROWD:
            self.contenders = sorted(self.contenders)[:TOP_RECORDS]

    def top(self) -> tuple[RecordMoney, ...]:
        """Most money first, then by ID, so that a tie is no chance."""
        return tuple(
            RecordMoney(record_key=record_key, cause=cause, applications=applications, amount_minor=-negative)
            for negative, record_key, cause, applications in sorted(self.contenders)[:TOP_RECORDS]
        )

    def stake(self) -> Stake:
        return Stake(
            **self.whole.money().model_dump(),
            causes={c: s.money() for c, s in sorted(self.causes.items(), key=lambda one: -one[1].amount_minor)},
            days={day: self.days[day].money() for day in sorted(self.days)},
            top_records=self.top(),
        )


class _Sums:
    def __init__(self) -> None:
        self._stakes: dict[str, dict[Standing, _Stake]] = {}
        self._due: dict[datetime, dict[str, _Sum]] = {}

    def add(self, record_key: str, claim: Claim, rows: Sequence[Uncharged]) -> None:
        """One client with all its rows, of whatever currencies."""
        for currency in {row.currency for row in rows}:
            mine = [row for row in rows if row.currency == currency]
            stakes = self._stakes.setdefault(currency, {})
            stakes.setdefault(claim.standing, _Stake()).add(record_key, claim.cause, mine)
            if claim.due:
                due = self._due.setdefault(hour_of(claim.due), {}).setdefault(currency, _Sum())
                due.add(sum(row.applications for row in mine), sum(row.amount_minor for row in mine))

    def exposure(self) -> Exposure:
        return {
            currency: CurrencyExposure(**{name.value: one.stake() for name, one in self._stakes[currency].items()})
            for currency in sorted(self._stakes)
        }

    def money_due(self) -> dict[datetime, dict[str, Money]]:
        return {hour: {c: by[c].money() for c in sorted(by)} for hour, by in sorted(self._due.items())}
