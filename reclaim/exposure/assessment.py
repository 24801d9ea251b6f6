"""Adds up the uncharged applications of the records that messages name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby
from typing import Final

from reclaim.exposure.claims import Claim, Claims
from reclaim.exposure.money_at_risk import (
    TOP_RECORDS,
    CurrencyExposure,
    Exposure,
    MoneyAtRisk,
    MoneyStatus,
    RecordMoney,
    UnchargedMoney,
)
from reclaim.exposure.retention import hour_of
from reclaim.model.batched import batched
from reclaim.model.outcome import Cause
from reclaim.model.uncharged import Uncharged
from reclaim.ports import Applications, RecordStore

_CHUNK: Final = 1000
"""Records asked about at once."""

_MAX_CANDIDATES: Final = 100 * TOP_RECORDS
"""Candidates for the top records that are kept before all but the first are dropped."""


@dataclass(frozen=True, slots=True)
class Assessment:
    """What the claims come to.

    Attributes:
        exposure: by currency and status.
        due: the money at risk by the hour in which its message is dropped, and by currency.
    """

    exposure: Exposure
    due: dict[datetime, dict[str, UnchargedMoney]]


def assess(claims: Claims, records: RecordStore, applications: Applications) -> Assessment:
    """Add up what the records of `claims` have not been charged for.

    A record that has an identity without any of these runs is not counted: what it was not charged for is not held up
    by any message.

    Raises:
        StoreUnavailable: MongoDB cannot be reached.
    """
    totals = _ExposureTotals()
    for chunk in batched(claims.records(), _CHUNK):
        unrecovered = [one for one in chunk if claims[one].status is not MoneyStatus.RECOVERED]
        attributable = records.attributable(unrecovered)
        rows = applications.uncharged([one for one in chunk if one not in attributable])
        for record_key, of_record in groupby(rows, key=lambda row: row.record_key):
            totals.add(record_key, claims[record_key], list(of_record))
    return Assessment(totals.exposure(), totals.money_due())


@dataclass(slots=True)
class _UnchargedTotals:
    records: int = 0
    applications: int = 0
    amount_minor: int = 0

    def add(self, applications: int, amount_minor: int) -> None:
        """One record more."""
        self.records += 1
        self.applications += applications
        self.amount_minor += amount_minor

    def money(self) -> UnchargedMoney:
        return UnchargedMoney(records=self.records, applications=self.applications, amount_minor=self.amount_minor)


@dataclass(slots=True)
class _StatusTotals:
    """One currency and status while it grows."""

    whole: _UnchargedTotals = field(default_factory=_UnchargedTotals)
    causes: dict[Cause, _UnchargedTotals] = field(default_factory=dict)
    days: dict[date, _UnchargedTotals] = field(default_factory=dict)
    candidates: list[tuple[int, str, Cause, int]] = field(default_factory=list)

    def add(self, record_key: str, cause: Cause, rows: Sequence[Uncharged]) -> None:
        applications, amount = sum(row.applications for row in rows), sum(row.amount_minor for row in rows)
        self.whole.add(applications, amount)
        self.causes.setdefault(cause, _UnchargedTotals()).add(applications, amount)
        for row in rows:
            self.days.setdefault(row.day, _UnchargedTotals()).add(row.applications, row.amount_minor)
        self.candidates.append((-amount, record_key, cause, applications))
        if len(self.candidates) > _MAX_CANDIDATES:
            self.candidates = sorted(self.candidates)[:TOP_RECORDS]

    def top(self) -> tuple[RecordMoney, ...]:
        """Most money first, then by key, so that the order of a tie is always the same."""
        return tuple(
            RecordMoney(record_key=record_key, cause=cause, applications=applications, amount_minor=-negative)
            for negative, record_key, cause, applications in sorted(self.candidates)[:TOP_RECORDS]
        )

    def money(self) -> MoneyAtRisk:
        return MoneyAtRisk(
            **self.whole.money().model_dump(),
            causes={c: s.money() for c, s in sorted(self.causes.items(), key=lambda one: -one[1].amount_minor)},
            days={day: self.days[day].money() for day in sorted(self.days)},
            top_records=self.top(),
        )


class _ExposureTotals:
    def __init__(self) -> None:
        self._by_currency: dict[str, dict[MoneyStatus, _StatusTotals]] = {}
        self._due: dict[datetime, dict[str, _UnchargedTotals]] = {}

    def add(self, record_key: str, claim: Claim, rows: Sequence[Uncharged]) -> None:
        """One record with all its rows, of whatever currencies."""
        for currency in {row.currency for row in rows}:
            mine = [row for row in rows if row.currency == currency]
            statuses = self._by_currency.setdefault(currency, {})
            statuses.setdefault(claim.status, _StatusTotals()).add(record_key, claim.cause, mine)
            if claim.due:
                due = self._due.setdefault(hour_of(claim.due), {}).setdefault(currency, _UnchargedTotals())
                due.add(sum(row.applications for row in mine), sum(row.amount_minor for row in mine))

    def exposure(self) -> Exposure:
        return {
            currency: CurrencyExposure(**{status.value: one.money() for status, one in statuses.items()})
            for currency, statuses in sorted(self._by_currency.items())
        }

    def money_due(self) -> dict[datetime, dict[str, UnchargedMoney]]:
        return {hour: {c: by[c].money() for c in sorted(by)} for hour, by in sorted(self._due.items())}
