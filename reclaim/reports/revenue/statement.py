"""What the page shows, added up: per currency, and never across currencies but for counts."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from reclaim.reconciliation.model import (
    ApplicationClass,
    BalanceCheck,
    ChargeClass,
    Leakage,
    Line,
    Reconciliation,
    Summary,
)
from reclaim.reconciliation.totals import total
from reclaim.reports.revenue.adjustments import Adjustment, Matter, Proposal
from reclaim.reports.revenue.meanings import APPLICATIONS, CHARGES, ApplicationStatus, status_of


@dataclass(slots=True)
class Proposals:
    """The proposals of `adjustments.csv`, added up while they are written.

    Attributes:
        lines: by currency and proposal; amounts are how much to charge, to credit, to decide on, never below zero.
        matters: how many there are of each.
    """

    lines: dict[str, dict[Proposal, Line]] = field(default_factory=lambda: defaultdict(dict))
    matters: Counter[Matter] = field(default_factory=Counter)

    def passing(self, found: Iterable[Adjustment]) -> Iterator[Adjustment]:
        """The same, counted."""
        for each in found:
            of_currency = self.lines[each.balance.currency]
            line = Line.model_construct(count=1, amount_minor=abs(each.amount_minor))
            of_currency[each.proposal] = of_currency.get(each.proposal, Line()) + line
            self.matters[each.matter] += 1
            yield each

    @property
    def count(self) -> int:
        """How many there are."""
        return self.matters.total()


@dataclass(frozen=True, slots=True)
class Statement:
    """One currency.

    Attributes:
        applications: all of them.
        statuses: the applications by status; every status.
        classes: the applications by class, in the order of the statuses; only those that occur.
        charges: by class; only those that occur.
        summary: the model's own.
        proposals: what `adjustments.csv` proposes; only what occurs.
        checks: the classes against what MongoDB counted by itself.
    """

    currency: str
    applications: Line
    statuses: Mapping[ApplicationStatus, Line]
    classes: Mapping[ApplicationClass, Line]
    charges: Mapping[ChargeClass, Line]
    summary: Summary
    proposals: Mapping[Proposal, Line]
    checks: tuple[BalanceCheck, ...]

    @property
    def charged(self) -> Line:
        """All charges, less what was refunded."""
        return total(self.charges.values())

    @property
    def leakage(self) -> Line:
        """The misapplied charges, and how much of their money is."""
        leakage = self.summary.leakage
        return Line(count=leakage.charges, amount_minor=sum(minor for _, minor in _leaks(leakage)))

    @property
    def leaks(self) -> tuple[tuple[str, int], ...]:
        """What that money is, in words and minor units; only what there is."""
        return tuple((words, minor) for words, minor in _leaks(self.summary.leakage) if minor)

    @property
    def balanced(self) -> bool:
        """Whether the classes are what MongoDB counted."""
        return all(check.holds for check in self.checks)


def statements(reconciliation: Reconciliation, proposals: Proposals) -> tuple[Statement, ...]:
    """A statement per currency, the one with the most applications first."""
    found = (_statement(reconciliation, proposals, currency) for currency in reconciliation.currencies)
    return tuple(sorted(found, key=lambda one: (-one.applications.count, one.currency)))


def counts(found: Iterable[Statement]) -> dict[ApplicationStatus, int]:
    """How many applications have each status, in all currencies: counts may be added up where money may not."""
    several = tuple(found)
    return {status: sum(one.statuses[status].count for one in several) for status in ApplicationStatus}


def _statement(reconciliation: Reconciliation, proposals: Proposals, currency: str) -> Statement:
    by_class = reconciliation.applications.get(currency, {})
    by_charge = reconciliation.charges.get(currency, {})
    return Statement(
        currency=currency,
        applications=total(by_class.values()),
        statuses={
            status: total(line for found, line in by_class.items() if status_of(found) is status)
            for status in ApplicationStatus
        },
        classes={found: by_class[found] for found in APPLICATIONS if found in by_class},
        charges={found: by_charge[found] for found in CHARGES if found in by_charge},
        summary=reconciliation.summary[currency],
        proposals=proposals.lines.get(currency, {}),
        checks=tuple(check for check in reconciliation.checks if check.currency == currency),
    )


def _leaks(leakage: Leakage) -> tuple[tuple[str, int], ...]:
    """Money that was charged wrongly: differences either way, and charges that should not exist."""
    return (
        ("Charged too much", leakage.drift.over_minor),
        ("Charged too little", leakage.drift.under_minor),
        ("Charged again", leakage.duplicates.amount_minor),
        ("Charged to the wrong client", leakage.wrong_client.amount_minor),
        ("Charged in the wrong currency", leakage.wrong_currency.amount_minor),
        ("Charged for no application", leakage.without_application.amount_minor),
    )
