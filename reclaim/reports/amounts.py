"""Money in words: several currencies in one line, the names of its statuses, the deadline of what is left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar

from reclaim.contracts.contract import Words
from reclaim.exposure.money_at_risk import (
    Exposure,
    MoneyAtRisk,
    MoneyStatus,
    RecordAmounts,
    RecordMoney,
    UnchargedMoney,
)
from reclaim.exposure.retention import ARRIVAL, RetentionOutlook
from reclaim.model.outcome import Outcome
from reclaim.reports.model import RunReport
from reclaim.text.figures import amount, counted, duration, number

K = TypeVar("K")
M = TypeVar("M", bound=UnchargedMoney)

NAMED: Final = 3
"""Currencies that are named where there is no room for all of them."""

STATUS_NAMES: Final[dict[MoneyStatus, str]] = {
    MoneyStatus.AT_RISK: "At risk, in the queue",
    MoneyStatus.RECOVERED: "Recovered, still unbilled",
    MoneyStatus.QUARANTINED: "In quarantine",
}
"""In the order in which they are shown: the most urgent first."""


def amounts(money: Mapping[str, UnchargedMoney], named: int = NAMED) -> str:
    """``"6,346.33 USD, 4,152.63 EUR, 2 more currencies"``, most records first; empty where there is none."""
    ranked = _ranked(money)
    words = [amount(one.amount_minor, currency) for currency, one in ranked[:named]]
    others = len(ranked) - len(words)
    return ", ".join([*words, counted(others, "more currency", "more currencies")] if others else words)


def money_of(exposure: Exposure, status: MoneyStatus) -> dict[str, MoneyAtRisk]:
    """The money of that status, by currency; currencies without any are left out."""
    return {currency: one.of(status) for currency, one in exposure.items() if one.of(status).applications}


def leading_money(exposure: Exposure, status: MoneyStatus) -> list[tuple[str, MoneyAtRisk]]:
    """The money of that status, the currency with the most records first: currencies do not compare by amount."""
    return _ranked(money_of(exposure, status))


def statuses_of(exposure: Exposure) -> list[MoneyStatus]:
    """The statuses that have money, in the order in which they are shown."""
    return [status for status in STATUS_NAMES if money_of(exposure, status)]


def transposed(money: Mapping[str, Mapping[K, UnchargedMoney]]) -> dict[K, dict[str, UnchargedMoney]]:
    """From currency and key (a cause, a day) to key and currency."""
    keys: dict[K, dict[str, UnchargedMoney]] = {}
    for currency, parts in money.items():
        for key, part in parts.items():
            keys.setdefault(key, {})[currency] = part
    return keys


def extent(money: Mapping[str, UnchargedMoney], words: Words) -> str:
    """``"1,209 applications of 402 orders"`` in all currencies together, a record once in each of its currencies."""
    applications = sum(one.applications for one in money.values())
    records = sum(one.records for one in money.values())
    return f"{counted(applications, 'application')} of {counted(records, words.record, words.records)}"


def top_records(money: Mapping[str, MoneyAtRisk], named: int = NAMED) -> Iterator[tuple[str, RecordMoney]]:
    """Currency and record: the first `named` of each of the `named` currencies with the most records."""
    for currency, one in _ranked(money)[:named]:
        for record in one.top_records[:named]:
            yield currency, record


def deadline_sentences(outlook: RetentionOutlook) -> Iterator[str]:
    """The retention deadline and the drain's end, a sentence each; nothing where nothing is left."""
    if outlook.first_deadline:
        sooner = " at the earliest" if outlook.clock == ARRIVAL else ""
        yield f"SQS drops the first of them at {clock_time(outlook.first_deadline)}{sooner}."
    if outlook.eta:
        left = counted(outlook.messages, "message")
        yield (
            f"{left} left: at {number(outlook.pace.messages_per_second)}/s ({outlook.pace.basis}) drained by"
            f" {clock_time(outlook.eta)}."
        )


def late_warning(outlook: RetentionOutlook | None) -> str:
    """One sentence where the drain ends too late, else nothing."""
    if outlook is None or not outlook.late or outlook.eta is None or outlook.first_deadline is None:
        return ""
    behind = duration((outlook.eta - outlook.first_deadline).total_seconds())
    return (
        f"At {number(outlook.pace.messages_per_second)}/s the drain ends {behind} after SQS begins to drop messages"
        f" at {clock_time(outlook.first_deadline)}: raise the rate or the lanes, or the queue's retention."
    )


@dataclass(frozen=True, slots=True)
class LeadingAmounts:
    """The amounts of the records of one outcome, as far as there is room for them.

    Attributes:
        leading: the currencies with the most records, most first; amounts of different currencies do not compare.
        others: how many currencies there are besides.
    """

    leading: tuple[tuple[str, RecordAmounts], ...]
    others: int


def leading_amounts(report: RunReport, outcome: Outcome) -> LeadingAmounts:
    """The amounts of `outcome`'s records in the currencies with the most of them; the full table is on the page."""
    if outcome is Outcome.DUPLICATE:
        return LeadingAmounts((), 0)
    found = ((currency, getattr(money, outcome.value)) for currency, money in report.money.items())
    ranked = sorted(((c, amounts) for c, amounts in found if amounts.records), key=lambda one: -one[1].records)
    return LeadingAmounts(tuple(ranked[:NAMED]), max(0, len(ranked) - NAMED))


def clock_time(when: datetime) -> str:
    """``"2026-11-20 08:15 UTC"``."""
    return f"{when:%Y-%m-%d %H:%M} UTC"


def _ranked(money: Mapping[str, M]) -> list[tuple[str, M]]:
    return sorted((pair for pair in money.items() if pair[1].applications), key=lambda pair: -pair[1].records)
