"""Adds up what was matched, and sets it against what the store counted by itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypedDict

from reclaim.reconciliation.matching import Matched
from reclaim.reconciliation.model import ApplicationClass, ChargeClass, Check, Drift, Line, Summary
from reclaim.reconciliation.records import Totals
from reclaim.reconciliation.summing import drifts, lines, summaries, total, wrong_currencies


class Findings(TypedDict):
    """The fields of `Reconciliation` that come from the match."""

    applications: dict[str, dict[ApplicationClass, Line]]
    charges: dict[str, dict[ChargeClass, Line]]
    drift: dict[str, Drift]
    summary: dict[str, Summary]
    checks: tuple[Check, ...]
    balanced: bool


def find(matched: Matched, totals: Totals) -> Findings:
    """The classes, what they come to, and whether they are all there is."""
    applications = lines(matched.applications, ApplicationClass)
    charges = lines(matched.charges, ChargeClass)
    drift = drifts(matched.charges)
    checks = (
        *_checks("applications", applications, totals.applications),
        *_checks("charges", charges, totals.charges),
    )
    return Findings(
        applications=applications,
        charges=charges,
        drift=drift,
        summary=summaries(applications, charges, drift, wrong_currencies(matched.charges)),
        checks=checks,
        balanced=all(check.holds for check in checks),
    )


def _checks(of: str, classes: Mapping[str, Mapping[Any, Line]], totals: Mapping[str, Line]) -> Iterator[Check]:
    for currency in sorted(classes.keys() | totals.keys()):
        yield Check(
            of=of,
            currency=currency,
            classes=total(classes.get(currency, {}).values()),
            total=totals.get(currency, Line()),
        )
