"""Small audits to write reports of: real ones, of documents in memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from reclaim.model.validation import ValidationResult
from reclaim.reconciliation.conclusion import conclude
from reclaim.reconciliation.model import Reconciliation
from reclaim.reports.revenue.adjustments import Adjustment, adjustments
from reclaim.reports.revenue.page import render_page
from reclaim.reports.revenue.statement import Proposals
from tests.unit.reconciliation.revenue_side import WINDOW, RevenueSide

VALID = ValidationResult(success=True)


@dataclass(frozen=True)
class Audit:
    reconciliation: Reconciliation
    applications: pd.DataFrame
    charges: pd.DataFrame

    def adjustments(self) -> list[Adjustment]:
        return list(adjustments(self.reconciliation, self.applications, self.charges))

    def proposals(self) -> Proposals:
        found = Proposals()
        list(found.passing(self.adjustments()))
        return found

    def page(self) -> str:
        return render_page(self.reconciliation, self.proposals(), {"revenue.csv": "ab" * 32})


def audit_of(revenue: RevenueSide, **changes: Any) -> Audit:  # noqa: ANN401
    """What the audit of `revenue` concludes; `changes` go into the result."""
    matched, findings = revenue.audited()
    values: dict[str, Any] = {
        "run_id": "run-7",
        "from_": WINDOW.opens,
        "to": WINDOW.closes,
        "as_of": WINDOW.as_of,
        "backdating_days": 35,
        "started_at": WINDOW.as_of,
        "operator": "maria",
        "reason": "quarter end",
        "validation": VALID,
        **findings,
    }
    found = conclude(Reconciliation(**{**values, **changes}))
    return Audit(found, matched.applications, matched.charges)


def every_trouble() -> RevenueSide:
    """One application of every class, in dollars, and one of every way in which charges are misapplied."""
    revenue = RevenueSide()
    for name, client in (("unbilled", "known"), ("unbilled_recovered", "recovered"), ("at_risk", "nobody")):
        revenue.apply(name, client_id=client)
    revenue.apply("waiting", client_id="awaiting")
    revenue.apply("late", applied_at=WINDOW.as_of - WINDOW.backdating * 1.2)
    for name, amounts in (
        ("matched", [100]),
        ("refunded", [100, -100]),
        ("twice", [100, 100]),
        ("dear", [130]),
        ("cheap", [60]),
        ("partly", [100, -40]),
        ("repaired", [100, 100, -100]),
    ):
        revenue.apply(name)
        for number, amount_minor in enumerate(amounts):
            revenue.charge(f"{name}-{number}", application_id=name, amount_minor=amount_minor)
    revenue.apply("stranger")
    revenue.charge("stranger-0", application_id="stranger", client_id="recovered")
    revenue.apply("foreign")
    revenue.charge("foreign-0", application_id="foreign", currency="EUR")
    revenue.charge("orphan-0", application_id="nowhere", amount_minor=70)
    return revenue
