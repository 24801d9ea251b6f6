"""One currency of an audit as a table: what, how many, how much. For terminals and for Prefect."""

from __future__ import annotations

from collections.abc import Iterator

from reclaim.reconciliation.model import Line, Reconciliation
from reclaim.text.figures import amount, number

OverviewRow = tuple[str, str, str]


def overview(found: Reconciliation, currency: str) -> list[OverviewRow]:
    """The rows of `currency`: what is to be done, then the classes of applications, then those of charges."""
    return [row for section in sections(found, currency).values() for row in section]


def sections(found: Reconciliation, currency: str) -> dict[str, list[OverviewRow]]:
    """The same by section; a section without rows is left out."""
    applications = found.applications.get(currency, {})
    charges = found.charges.get(currency, {})
    parts = {
        "applications": [_row(one.value, line, currency) for one, line in applications.items()],
        "charges": [_row(one.value, line, currency) for one, line in charges.items()],
        "what it means": list(_to_do(found, currency)),
    }
    return {title: rows for title, rows in parts.items() if rows}


def _to_do(found: Reconciliation, currency: str) -> Iterator[OverviewRow]:
    summary = found.summary[currency]
    drift = summary.leakage.drift
    for what, line in (
        ("billable now", summary.billable_now),
        ("at risk: client unknown", summary.at_risk),
        ("manual adjustment: too late", summary.by_hand),
        ("leakage: charged twice", summary.leakage.duplicates),
        ("leakage: wrong client", summary.leakage.wrong_client),
        ("leakage: no application", summary.leakage.without_application),
        ("leakage: wrong currency", summary.leakage.wrong_currency),
    ):
        if line.count:
            yield _row(what, line, currency)
    if drift.over_minor:
        yield "leakage: charged too much", "", amount(drift.over_minor, currency)
    if drift.under_minor:
        yield "leakage: charged too little", "", amount(drift.under_minor, currency)


def _row(what: str, line: Line, currency: str) -> OverviewRow:
    return what, number(line.count), amount(line.amount_minor, currency)
