"""What an audit comes to: state, exit code, one sentence, a table."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from reclaim.model.errors import ExitCode
from reclaim.model.run import RunState
from reclaim.model.validation import ExpectationResult, SuiteResult, ValidationResult
from reclaim.reconciliation.audit_data import StoreTotals
from reclaim.reconciliation.conclusion import conclude
from reclaim.reconciliation.matching import match
from reclaim.reconciliation.model import Line, Reconciliation
from reclaim.reconciliation.totals import totals_of
from reclaim.reports.revenue.headline import headline
from reclaim.reports.revenue.terminal import shown
from tests.unit.reconciliation.revenue_side import AS_OF, WINDOW, RevenueSide, ago

PASSED = ValidationResult(success=True)


def audit(
    revenue: RevenueSide, totals: StoreTotals | None = None, validation: ValidationResult = PASSED
) -> Reconciliation:
    data = revenue.audit_data()
    found = Reconciliation(
        run_id="run-1",
        from_=WINDOW.opens,
        to=WINDOW.closes,
        as_of=AS_OF,
        backdating_days=35,
        started_at=AS_OF,
        validation=validation,
        **totals_of(match(data, WINDOW), totals or data.totals),
    )
    return conclude(found)


def broken(severity: str) -> ValidationResult:
    expectation = ExpectationResult(
        expectation="x", column="y", severity=severity, success=False, checked=1, unexpected=1
    )
    suite = SuiteResult(suite="s", success=severity != "critical", expectations=(expectation,))
    return ValidationResult(success=severity != "critical", suites=(suite,))


def paid() -> RevenueSide:
    revenue = RevenueSide()
    revenue.apply()
    revenue.charge()
    return revenue


def test_an_audit_in_which_all_is_charged_or_billable_needs_nobody() -> None:
    revenue = paid()
    revenue.apply("billable")
    revenue.apply("recovered", client_id="recovered")

    found = audit(revenue)

    assert (found.state, found.exit_code) == (RunState.COMPLETED, ExitCode.DONE)
    assert headline(found) == "3 applications and 1 charge balance, and none of them needs a person."


@pytest.mark.parametrize(
    "wrong",
    [
        {"client_id": "nobody"},
        {"client_id": "awaiting"},
        {"applied_at": ago(50)},
    ],
)
def test_an_application_at_risk_or_too_late_needs_a_person(wrong: dict[str, object]) -> None:
    revenue = paid()
    revenue.apply("b", **wrong)

    assert audit(revenue).exit_code is ExitCode.NEEDS_A_PERSON


@pytest.mark.parametrize(
    "wrong",
    [{"application_id": "gone"}, {"client_id": "other"}, {"amount_minor": 99}, {"currency": "EUR"}, {}],
)
def test_a_misapplied_charge_needs_a_person(wrong: dict[str, object]) -> None:
    revenue = paid()
    revenue.charge("d", **wrong)

    assert audit(revenue).exit_code is ExitCode.NEEDS_A_PERSON


def test_classes_that_are_not_all_there_is_fail_and_say_where() -> None:
    revenue = paid()
    totals = StoreTotals({"USD": Line(count=2, amount_minor=100)}, revenue.audit_data().totals.charges)

    found = audit(revenue, totals)

    assert (found.state, found.exit_code, found.balanced) == (RunState.FAILED, ExitCode.BUG, False)
    assert "applications in USD: 1 of 100 minor units in classes, 2 of 100 minor units in MongoDB" in found.explanation


def test_a_currency_that_only_the_store_knows_is_missing_from_the_classes() -> None:
    found = audit(RevenueSide(), StoreTotals({}, {"JPY": Line(count=1, amount_minor=7)}))

    assert not found.balanced
    assert "charges in JPY" in found.explanation


@pytest.mark.parametrize(
    ("severity", "state", "code"),
    [
        ("critical", RunState.FAILED, ExitCode.NEEDS_A_PERSON),
        ("warning", RunState.COMPLETED, ExitCode.NEEDS_A_PERSON),
        ("info", RunState.COMPLETED, ExitCode.DONE),
    ],
)
def test_a_broken_expectation_weighs_as_much_as_its_severity(severity: str, state: RunState, code: ExitCode) -> None:
    found = audit(paid(), validation=broken(severity))

    assert (found.state, found.exit_code) == (state, code)


def test_the_terminal_shows_each_currency_in_its_own_decimals() -> None:
    revenue = RevenueSide()
    for currency in ("USD", "JPY", "KWD", "ZZZ"):
        revenue.apply(currency, amount_minor=12345, currency=currency)

    text = io.StringIO()
    Console(file=text, width=100).print(shown(audit(revenue)))

    for amount in ("123.45 USD", "12,345 JPY", "12.345 KWD", "12,345 minor units of ZZZ"):
        assert amount in text.getvalue()
