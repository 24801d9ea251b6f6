"""`reconciliation.html`: the audit as one page that finance reads without help, and that needs nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from reclaim.reconciliation.model import ApplicationClass, Line, Reconciliation
from reclaim.reports import charts
from reclaim.reports.amounts import NAMED
from reclaim.reports.html import docs_link, environment
from reclaim.reports.revenue import meanings, sheets
from reclaim.reports.revenue.adjustments import MATTERS, PROPOSALS
from reclaim.reports.revenue.headline import broken_expectations, page_headline, tone
from reclaim.reports.revenue.meanings import ApplicationStatus
from reclaim.reports.revenue.statement import Proposals, Statement, counts, statements
from reclaim.text.figures import amount, counted, number

REVENUE_CSV: Final = "revenue.csv"
CHARGES_CSV: Final = "charges.csv"
ADJUSTMENTS_CSV: Final = "adjustments.csv"

_LISTS: Final = {
    REVENUE_CSV: "every application of the window with its class",
    CHARGES_CSV: "every charge with its class",
    ADJUSTMENTS_CSV: "the manual adjustments",
    "reconciliation.json": "the figures of this page as data",
}
_COLUMNS: Final = {
    REVENUE_CSV: sheets.APPLICATION_COLUMNS,
    CHARGES_CSV: sheets.CHARGE_COLUMNS,
    ADJUSTMENTS_CSV: sheets.ADJUSTMENT_COLUMNS,
}


@dataclass(frozen=True, slots=True)
class NamedAmounts:
    """Amounts of several currencies where there is no room for all.

    Attributes:
        named: the amounts of the currencies that matter most, as text.
        others: how many currencies there are besides.
    """

    named: tuple[str, ...]
    others: int


@dataclass(frozen=True, slots=True)
class Tile:
    """A key figure."""

    title: str
    amounts: NamedAmounts
    counted: str


def render_page(reconciliation: Reconciliation, proposals: Proposals, digests: Mapping[str, str]) -> str:
    """The page: self-contained, without scripts, everything that came from data escaped.

    Args:
        reconciliation: what was found.
        proposals: what `adjustments.csv` holds, added up.
        digests: SHA-256 in hexadecimal of the lists beside the page, by name.
    """
    several = statements(reconciliation, proposals)
    by_status = counts(several)
    return (
        environment()
        .get_template("reconciliation/page.html.j2")
        .render(
            report=reconciliation,
            headline=page_headline(reconciliation, by_status, proposals.count),
            tone=tone(reconciliation),
            statements=several,
            counts=by_status,
            total=sum(by_status.values()),
            proportions=_proportions(by_status),
            tiles=_tiles(several),
            at_risk=_at_risk(several),
            broken=broken_expectations(reconciliation),
            proposals=proposals,
            docs_link=docs_link(reconciliation.validation),
            digests={name: digests[name] for name in _LISTS if name in digests},
            statuses=meanings.STATUSES,
            application_meanings=meanings.APPLICATIONS,
            charge_meanings=meanings.CHARGES,
            matters=MATTERS,
            proposals_said=PROPOSALS,
            lists=_LISTS,
            columns_of=_COLUMNS,
            chart=_chart,
            bare=_bare,
            greatest_charge=lambda one: max(abs(line.amount_minor) for line in one.charges.values()),
        )
    )


def _proportions(by_status: Mapping[ApplicationStatus, int]) -> Markup:
    segments = [charts.Segment(meanings.STATUSES[one], count, one.value) for one, count in by_status.items()]
    said = ", ".join(f"{number(segment.value)} {segment.label}" for segment in segments)
    return charts.proportion_bar(segments, f"Of {counted(sum(by_status.values()), 'application')}: {said}.")


def _chart(one: Statement) -> Markup:
    """The amounts of one currency's applications by status, to scale."""
    segments = [
        charts.Segment(meanings.STATUSES[status], line.amount_minor, status.value, _money(line, one.currency))
        for status, line in one.statuses.items()
    ]
    said = ", ".join(f"{segment.shown} {segment.label}" for segment in segments)
    return charts.proportion_bar(segments, f"Of {_money(one.applications, one.currency)}: {said}.")


def _tiles(several: tuple[Statement, ...]) -> tuple[Tile, ...]:
    billable = [(one.currency, one.summary.billable_now) for one in several]
    at_risk = [(one.currency, one.summary.at_risk) for one in several]
    by_hand = [(one.currency, one.summary.by_hand) for one in several]
    leakage = [(one.currency, one.leakage) for one in several]
    return (
        Tile("Billable now", _amounts(billable), f"{_counted(billable, 'application')} for the biller"),
        Tile("At risk", _amounts(at_risk), f"{_counted(at_risk, 'application')} of clients unknown so far"),
        Tile("Manual adjustment", _amounts(by_hand), f"{_counted(by_hand, 'application')} too old for the biller"),
        Tile("Leakage", _amounts(leakage), f"money charged wrongly, in {_counted(leakage, 'charge')}"),
    )


def _amounts(found: Iterable[tuple[str, Line]]) -> NamedAmounts:
    there = [_money(line, currency) for currency, line in found if line.count]
    return NamedAmounts(tuple(there[:NAMED]), max(0, len(there) - NAMED))


def _counted(found: Iterable[tuple[str, Line]], one: str) -> str:
    return counted(sum(line.count for _, line in found), one)


def _at_risk(several: Iterable[Statement]) -> dict[str, int]:
    """Applications that cannot be billed yet, in all currencies, by the reason."""
    waiting = (ApplicationClass.AWAITING_QUARANTINE, ApplicationClass.UNATTRIBUTABLE)
    classes = [one.classes for one in several]
    return {found.value: sum(each[found].count for each in classes if found in each) for found in waiting}


def _money(line: Line, currency: str) -> str:
    return amount(line.amount_minor, currency)


def _bare(minor: int, currency: str) -> str:
    """An amount where the currency already stands beside it."""
    return amount(minor, currency).removesuffix(f" {currency}").removesuffix(" minor units of")
