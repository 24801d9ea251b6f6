"""Small audits to write reports of: real ones, of books in memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from reclaim.model.validation import ValidationResult
from reclaim.reconciliation.model import Reconciliation
from reclaim.reconciliation.verdict import judged
from reclaim.reports.revenue.adjustments import Adjustment, adjustments
from reclaim.reports.revenue.page import render_page
from reclaim.reports.revenue.statement import Proposals
from tests.unit.reconciliation.books import WINDOW, Books

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


def audit_of(books: Books, **changes: Any) -> Audit:  # noqa: ANN401
    """What the audit of `books` finds, judged; `changes` go into the result."""
    matched, findings = books.audited()
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
    found = judged(Reconciliation(**{**values, **changes}))
    return Audit(found, matched.applications, matched.charges)


def every_trouble() -> Books:
    """One application of every class, in dollars, and one of every way in which charges go astray."""
    books = Books()
    for name, client in (("unbilled", "known"), ("unbilled_recovered", "recovered"), ("at_risk", "nobody")):
        books.apply(name, client_id=client)
    books.apply("waiting", client_id="awaiting")
    books.apply("late", applied_at=WINDOW.as_of - WINDOW.backdating * 1.2)
    for name, amounts in (
        ("matched", [100]),
        ("refunded", [100, -100]),
        ("twice", [100, 100]),
        ("dear", [130]),
        ("cheap", [60]),
        ("partly", [100, -40]),
        ("mended", [100, 100, -100]),
    ):
        books.apply(name)
        for number, amount_minor in enumerate(amounts):
            books.charge(f"{name}-{number}", application_id=name, amount_minor=amount_minor)
    books.apply("stranger")
    books.charge("stranger-0", application_id="stranger", client_id="recovered")
    books.apply("foreign")
    books.charge("foreign-0", application_id="foreign", currency="EUR")
    books.charge("orphan-0", application_id="nowhere", amount_minor=70)
    return books
