"""Money at stake in words: several currencies in one line, and what its standings are called."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final, TypeVar

from reclaim.exposure.claims import Standing
from reclaim.exposure.money_at_risk import Exposure, Money, RecordMoney, Stake
from reclaim.exposure.retention import ARRIVAL, Outlook
from reclaim.text.figures import amount, counted, duration, number

K = TypeVar("K")
M = TypeVar("M", bound=Money)

NAMED: Final = 3
"""Currencies that are named where there is no room for all of them."""

STANDINGS: Final[dict[Standing, str]] = {
    Standing.AT_RISK: "At risk, in the queue",
    Standing.RECOVERED: "Recovered, still unbilled",
    Standing.QUARANTINED: "In quarantine",
}
"""In the order in which they are shown: what cannot wait comes first."""


def amounts(money: Mapping[str, Money], named: int = NAMED) -> str:
    """``"6,346.33 USD, 4,152.63 EUR, 2 more currencies"``, most clients first; empty where there is none."""
    ranked = _ranked(money)
    words = [amount(one.amount_minor, currency) for currency, one in ranked[:named]]
    others = len(ranked) - len(words)
    return ", ".join([*words, counted(others, "more currency", "more currencies")] if others else words)


def stakes(exposure: Exposure, standing: Standing) -> dict[str, Stake]:
    """What stands there, by currency; currencies that have nothing there are left out."""
    return {currency: one.of(standing) for currency, one in exposure.items() if one.of(standing).applications}


def leading(exposure: Exposure, standing: Standing) -> list[tuple[str, Stake]]:
    """What stands there, the currency with the most clients first: amounts of different currencies do not compare."""
    return _ranked(stakes(exposure, standing))


def standings(exposure: Exposure) -> list[Standing]:
    """The standings that have money, in the order in which they are shown."""
    return [standing for standing in STANDINGS if stakes(exposure, standing)]


def turned(money: Mapping[str, Mapping[K, Money]]) -> dict[K, dict[str, Money]]:
    """From currency and key (a cause, a day) to key and currency."""
    keys: dict[K, dict[str, Money]] = {}
    for currency, parts in money.items():
        for key, part in parts.items():
            keys.setdefault(key, {})[currency] = part
    return keys


def extent(money: Mapping[str, Money]) -> str:
    """``"1,209 applications of 402 clients"`` in all currencies together, a client once in each of its currencies."""
    applications = sum(one.applications for one in money.values())
    records = sum(one.records for one in money.values())
    return f"{counted(applications, 'application')} of {counted(records, 'record')}"


def top_records(money: Mapping[str, Stake], named: int = NAMED) -> Iterator[tuple[str, RecordMoney]]:
    """Currency and client: the first `named` of each of the `named` currencies with the most clients."""
    for currency, stake in _ranked(money)[:named]:
        for record in stake.top_records[:named]:
            yield currency, record


def race(outlook: Outlook) -> Iterator[str]:
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


def warning(outlook: Outlook | None) -> str:
    """One sentence where the drain ends too late, else nothing."""
    if outlook is None or not outlook.late or outlook.eta is None or outlook.first_deadline is None:
        return ""
    behind = duration((outlook.eta - outlook.first_deadline).total_seconds())
    return (
        f"At {number(outlook.pace.messages_per_second)}/s the drain ends {behind} after SQS begins to drop messages"
        f" at {clock_time(outlook.first_deadline)}: raise the rate or the lanes, or the queue's retention."
    )


def clock_time(when: datetime) -> str:
    """``"2026-11-20 08:15 UTC"``."""
    return f"{when:%Y-%m-%d %H:%M} UTC"


def _ranked(money: Mapping[str, M]) -> list[tuple[str, M]]:
    return sorted((pair for pair in money.items() if pair[1].applications), key=lambda pair: -pair[1].records)
