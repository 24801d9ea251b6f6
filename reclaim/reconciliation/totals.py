"""Adds the classes up per currency, and sets them against what the store counted by itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Any, TypedDict, TypeVar

import pandas as pd

from reclaim.reconciliation.audit_data import StoreTotals
from reclaim.reconciliation.exact_sums import lines_by
from reclaim.reconciliation.matching import Matched
from reclaim.reconciliation.model import (
    ApplicationClass,
    BalanceCheck,
    ChargeClass,
    Drift,
    Leakage,
    Line,
    Summary,
)

Class = TypeVar("Class", bound=StrEnum)


class AuditTotals(TypedDict):
    """The fields of `Reconciliation` that come from the match."""

    applications: dict[str, dict[ApplicationClass, Line]]
    charges: dict[str, dict[ChargeClass, Line]]
    drift: dict[str, Drift]
    summary: dict[str, Summary]
    checks: tuple[BalanceCheck, ...]
    balanced: bool


def totals_of(matched: Matched, store: StoreTotals) -> AuditTotals:
    """The classes added up, what is to be done, and whether the classes are all that the store counted."""
    applications = _lines(matched.applications, ApplicationClass)
    charges = _lines(matched.charges, ChargeClass)
    drift = _drifts(matched.charges)
    wrong_currency = _wrong_currencies(matched.charges)
    checks = (
        *_checks("applications", applications, store.applications),
        *_checks("charges", charges, store.charges),
    )
    return AuditTotals(
        applications=applications,
        charges=charges,
        drift=drift,
        summary={
            currency: _summary(
                applications.get(currency, {}),
                _leakage(charges.get(currency, {}), drift.get(currency, Drift()), wrong_currency.get(currency, Line())),
            )
            for currency in sorted(applications.keys() | charges.keys())
        },
        checks=checks,
        balanced=all(check.holds for check in checks),
    )


def total(lines: Iterable[Line]) -> Line:
    """All lines of one currency together."""
    return sum(lines, Line())


def _lines(frame: pd.DataFrame, classes: type[Class]) -> dict[str, dict[Class, Line]]:
    """{currency: {class: line}}; currencies in alphabetical order, classes in their own; only what occurs."""
    found = lines_by(frame, ["currency", "class"])
    return {
        currency: {one: found[currency, one.value] for one in classes if (currency, one.value) in found}
        for currency in sorted({currency for currency, _ in found})
    }


def _drifts(charges: pd.DataFrame) -> dict[str, Drift]:
    """By currency; only currencies that have any."""
    off = charges[charges["drift_minor"] != 0]
    found: dict[str, Drift] = {}
    for currency, drift in sorted(zip(off["currency"], off["drift_minor"], strict=True)):
        held = found.get(currency, Drift())
        found[currency] = Drift(
            over_minor=held.over_minor + max(0, int(drift)), under_minor=held.under_minor + max(0, -int(drift))
        )
    return found


def _wrong_currencies(charges: pd.DataFrame) -> dict[str, Line]:
    """By currency, the charges of a wrong amount whose currency is not their application's either."""
    off = charges[
        (charges["class"] == ChargeClass.WRONG_AMOUNT.value) & (charges["currency"] != charges["application_currency"])
    ]
    return {currency: line for (currency,), line in lines_by(off, ["currency"]).items()}


def _checks(of: str, classes: Mapping[str, Mapping[Any, Line]], totals: Mapping[str, Line]) -> Iterator[BalanceCheck]:
    for currency in sorted(classes.keys() | totals.keys()):
        yield BalanceCheck(
            of=of,
            currency=currency,
            classes=total(classes.get(currency, {}).values()),
            total=totals.get(currency, Line()),
        )


def _summary(classes: Mapping[ApplicationClass, Line], leakage: Leakage) -> Summary:
    def of(*wanted: ApplicationClass) -> Line:
        return total(classes.get(one, Line()) for one in wanted)

    return Summary(
        billable_now=of(ApplicationClass.UNBILLED_RECOVERED, ApplicationClass.UNBILLED),
        at_risk=of(ApplicationClass.AWAITING_QUARANTINE, ApplicationClass.UNATTRIBUTABLE),
        by_hand=of(ApplicationClass.LATE),
        mischarged=of(ApplicationClass.MISCHARGED),
        leakage=leakage,
    )


def _leakage(classes: Mapping[ChargeClass, Line], drift: Drift, wrong_currency: Line) -> Leakage:
    return Leakage(
        drift=drift,
        wrong_amount=classes.get(ChargeClass.WRONG_AMOUNT, Line()),
        wrong_currency=wrong_currency,
        duplicates=classes.get(ChargeClass.DUPLICATE, Line()),
        wrong_client=classes.get(ChargeClass.WRONG_CLIENT, Line()),
        without_application=classes.get(ChargeClass.WITHOUT_APPLICATION, Line()),
    )
