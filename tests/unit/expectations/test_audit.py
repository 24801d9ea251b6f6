"""What must be true of an audit: each expectation broken at least once, by rows that are then named."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from expectations.validation import GreatExpectationsValidator
from reclaim.model.validation import SuiteResult, ValidationResult
from reclaim.reconciliation.matching import Matched
from reclaim.reconciliation.model import Reconciliation
from tests.builders import CONTRACT
from tests.unit.reconciliation.revenue_side import WINDOW, RevenueSide, ago

Tamper = Callable[[pd.DataFrame, str, dict[int, object]], None]
Values = dict[tuple[str, str], object]
"""By row and column; ``#`` stands for what makes the names of one case its own."""
Broken = dict[str, set[str]]
"""By expectation, the rows that break it."""

TRACKING_ID = "trk_" + "0" * 26

HAS_ID = "Every application has an ID."
ID_UNIQUE = "No two applications share an ID."
HAS_CLIENT = "Every application names its client."
HAS_TIME = "Every application says when it happened."
IN_WINDOW = "Every application happened in the audit's window."
NOT_LATER = "No application happened after the moment against which lateness is measured."
NOT_BEFORE_CLIENT = "No application happened before its client was created."
HAS_PRICE = "Every application has a price."
MINOR = "Every price is an integer from 0 up, in minor units of its currency."
HAS_CURRENCY = "Every price has a currency."
ISO = "Every currency is an ISO 4217 code."
RATE = "Every price is its client's rate of today."
SAME_CURRENCY = "Every price is in its client's currency of today."
FREE = "No application is free."
TRACKING_FORM = "Every tracking ID has the right form."
TRACKING_SAME = "Every application's tracking ID is its client's."
HAS_CLASS = "Every application is in a class."
KNOWN_CLASS = "Every class is a known one."
ONE_CHARGE = "Every matched application has exactly one charge."
NO_CHARGE = "No application that is unbilled, late or at risk has a charge."
CLIENT_KNOWN = "The client of every application that is unbilled or late is known."
CLIENT_UNKNOWN = "The client of every application that is at risk is unknown."
RECOVERED = "The client of every application that is unbilled after a recovery was recovered by a run."

APPLICATIONS: list[tuple[Values, Broken]] = [
    ({("unbilled", "application_id"): None, ("unbilled", "client_id"): "#x"}, {HAS_ID: {"client_id #x"}}),
    ({("unbilled", "application_id"): " ", ("unbilled", "client_id"): "#x"}, {HAS_ID: {"client_id #x"}}),
    ({("unbilled", "application_id"): "#late"}, {ID_UNIQUE: {"#late"}}),
    ({("unbilled", "client_id"): None}, {HAS_CLIENT: {"#unbilled"}}),
    ({("unbilled", "client_id"): ""}, {HAS_CLIENT: {"#unbilled"}}),
    ({("unbilled", "applied_at"): None}, {HAS_TIME: {"#unbilled"}}),
    ({("unbilled", "applied_at"): WINDOW.closes}, {IN_WINDOW: {"#unbilled"}}),
    ({("at_risk", "applied_at"): ago(60.001)}, {IN_WINDOW: {"#at_risk"}}),
    ({("unbilled", "applied_at"): ago(-1)}, {IN_WINDOW: {"#unbilled"}, NOT_LATER: {"#unbilled"}}),
    ({("unbilled", "client_created_at"): ago(9)}, {NOT_BEFORE_CLIENT: {"#unbilled"}}),
    ({("at_risk", "amount_minor"): None}, {HAS_PRICE: {"#at_risk"}}),
    ({("at_risk", "amount_minor"): -1}, {MINOR: {"#at_risk"}}),
    ({("at_risk", "amount_minor"): 100.0}, {MINOR: {"#at_risk"}}),
    ({("at_risk", "amount_minor"): True}, {MINOR: {"#at_risk"}}),
    ({("at_risk", "amount_minor"): 0}, {FREE: {"#at_risk"}}),
    ({("unbilled", "amount_minor"): 99}, {RATE: {"#unbilled"}}),
    ({("at_risk", "currency"): None}, {HAS_CURRENCY: {"#at_risk"}}),
    (
        {("at_risk", "currency"): "usd", ("late", "currency"): "XYZ"},
        {ISO: {"#at_risk", "#late"}, SAME_CURRENCY: {"#late"}},
    ),
    ({("unbilled", "currency"): "EUR"}, {SAME_CURRENCY: {"#unbilled"}}),
    ({("at_risk", "tracking_id"): "trk_u"}, {TRACKING_FORM: {"#at_risk"}}),
    ({("at_risk", "tracking_id"): TRACKING_ID + "\n"}, {TRACKING_FORM: {"#at_risk"}}),
    ({("unbilled", "tracking_id"): "trk_" + "1" * 26}, {TRACKING_SAME: {"#unbilled"}}),
    ({("unbilled", "class"): None}, {HAS_CLASS: {"#unbilled"}}),
    ({("unbilled", "class"): "billed"}, {KNOWN_CLASS: {"#unbilled"}}),
    ({("matched", "charges"): 2}, {ONE_CHARGE: {"#matched"}}),
    ({("late", "charges"): 1}, {NO_CHARGE: {"#late"}}),
    ({("recovered", "client_known"): False}, {CLIENT_KNOWN: {"#recovered"}}),
    ({("waiting", "client_known"): True}, {CLIENT_UNKNOWN: {"#waiting"}}),
    ({("recovered", "recovered_by"): None}, {RECOVERED: {"#recovered"}}),
]

CHARGE_HAS_ID = "Every charge has an ID."
CHARGE_UNIQUE = "No two charges share an ID."
NAMES_APPLICATION = "Every charge names an application."
NAMES_CLIENT = "Every charge names who was charged."
CHARGE_TIME = "Every charge says when it was made."
CHARGE_NOT_LATER = "No charge was made after the moment against which lateness is measured."
NOT_BEFORE_APPLICATION = "No charge was made before its application happened."
HAS_AMOUNT = "Every charge has an amount."
WHOLE = "Every amount is an integer, in minor units of its currency."
NOTHING = "No charge is of nothing."
AMOUNT_CURRENCY = "Every amount has a currency."
CURRENCY_OF_APPLICATION = "Every charge is in the currency of its application."
CHARGE_CLASS = "Every charge is in a class."
ORPHAN = "No charge without an application has one."
NO_ORPHAN = "The application of every other charge exists."
BELOW_ZERO = "Every refund is below zero."
NOT_BELOW_ZERO = "Nothing below zero counts as a charge."
SAME_CLIENT = "Every matched charge has its application's client."
SAME_PRICE = "Every matched charge has its application's price."
MATCHED_CURRENCY = "Every matched charge has its application's currency."

CHARGES: list[tuple[Values, Broken]] = [
    ({("again", "charge_id"): None, ("again", "application_id"): "#x"}, {CHARGE_HAS_ID: {"application_id #x"}}),
    ({("again", "charge_id"): "#paid"}, {CHARGE_UNIQUE: {"#paid"}}),
    ({("again", "application_id"): ""}, {NAMES_APPLICATION: {"#again"}}),
    ({("again", "client_id"): None}, {NAMES_CLIENT: {"#again"}}),
    ({("again", "charged_at"): None}, {CHARGE_TIME: {"#again"}}),
    ({("again", "charged_at"): ago(-1)}, {CHARGE_NOT_LATER: {"#again"}}),
    ({("again", "charged_at"): ago(11)}, {NOT_BEFORE_APPLICATION: {"#again"}}),
    ({("orphan", "amount_minor"): None}, {HAS_AMOUNT: {"#orphan"}}),
    ({("orphan", "amount_minor"): 1.5}, {WHOLE: {"#orphan"}}),
    ({("orphan", "amount_minor"): 0}, {NOTHING: {"#orphan"}}),
    ({("orphan", "currency"): None}, {AMOUNT_CURRENCY: {"#orphan"}}),
    ({("orphan", "currency"): "$"}, {ISO: {"#orphan"}}),
    ({("again", "currency"): "EUR"}, {CURRENCY_OF_APPLICATION: {"#again"}}),
    ({("orphan", "class"): None}, {CHARGE_CLASS: {"#orphan"}, NO_ORPHAN: {"#orphan"}}),
    ({("orphan", "class"): "lost"}, {KNOWN_CLASS: {"#orphan"}, NO_ORPHAN: {"#orphan"}}),
    ({("orphan", "applied_at"): ago(30)}, {ORPHAN: {"#orphan"}}),
    ({("again", "applied_at"): None}, {NO_ORPHAN: {"#again"}}),
    ({("back", "amount_minor"): 1}, {BELOW_ZERO: {"#back"}}),
    ({("again", "amount_minor"): -100}, {NOT_BELOW_ZERO: {"#again"}}),
    ({("paid", "client_id"): "other"}, {SAME_CLIENT: {"#paid"}}),
    ({("paid", "amount_minor"): 99}, {SAME_PRICE: {"#paid"}}),
    ({("paid", "application_amount_minor"): None}, {SAME_PRICE: {"#paid"}}),
    ({("paid", "currency"): "EUR"}, {MATCHED_CURRENCY: {"#paid"}, CURRENCY_OF_APPLICATION: {"#paid"}}),
]


def write(revenue: RevenueSide, mark: str) -> None:
    """Something of nearly every class, in which everything is as it must be."""
    revenue.apply(f"{mark}unbilled")
    revenue.apply(f"{mark}recovered", client_id="recovered")
    revenue.apply(f"{mark}at_risk", client_id="nobody")
    revenue.apply(f"{mark}waiting", client_id="awaiting")
    revenue.apply(f"{mark}late", applied_at=ago(50))
    revenue.apply(f"{mark}matched")
    revenue.charge(f"{mark}paid", application_id=f"{mark}matched")
    revenue.apply(f"{mark}twice")
    revenue.charge(f"{mark}once", application_id=f"{mark}twice")
    revenue.charge(f"{mark}again", application_id=f"{mark}twice", charged_at=ago(8))
    revenue.charge(f"{mark}back", application_id=f"{mark}twice", amount_minor=-10)
    revenue.charge(f"{mark}orphan", application_id=f"{mark}nowhere")


def audit(revenue: RevenueSide) -> tuple[pd.DataFrame, pd.DataFrame, Reconciliation]:
    matched, findings = revenue.audited()
    applications, known = matched.applications, matched.applications["client_known"]
    applications["tracking_id"] = applications["client_tracking_id"] = pd.Series(TRACKING_ID, known.index).where(known)
    applications["client_rate_minor"] = applications["client_rate_minor"].mask(known, 100)
    applications["client_currency"] = pd.Series("USD", known.index, dtype="str").where(known)
    applications["client_created_at"] = applications["client_created_at"].mask(known, ago(59))
    found = Reconciliation(
        run_id="run-7",
        from_=WINDOW.opens,
        to=WINDOW.closes,
        as_of=WINDOW.as_of,
        backdating_days=35,
        started_at=WINDOW.as_of,
        **findings,
    )
    return applications, matched.charges, found


def validated(
    applications: pd.DataFrame, charges: pd.DataFrame, found: Reconciliation, folder: Path | None = None
) -> ValidationResult:
    return GreatExpectationsValidator().validate_audit(found, Matched(applications, charges), CONTRACT, folder)


def marked(value: Any, mark: str) -> Any:  # noqa: ANN401
    return value.replace("#", mark) if isinstance(value, str) else value


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("report") / "validation"


@pytest.fixture(scope="module")
def tampered(tamper: Tamper, folder: Path) -> ValidationResult:
    """All cases in one audit, so that the library is asked once."""
    revenue = RevenueSide()
    for number in range(max(len(APPLICATIONS), len(CHARGES))):
        write(revenue, f"k{number:02}-")
    applications, charges, found = audit(revenue)
    for frame, key, cases in ((applications, "application_id", APPLICATIONS), (charges, "charge_id", CHARGES)):
        position = {name: row for row, name in enumerate(frame[key])}
        for number, (values, _) in enumerate(cases):
            mark = f"k{number:02}-"
            for (row, column), value in values.items():
                tamper(frame, column, {position[mark + row]: marked(value, mark)})
    return validated(applications, charges, found, folder)


def broken_in(suite: SuiteResult, number: int) -> Broken:
    mark = f"k{number:02}-"
    named = {e.expectation: {i.replace(mark, "#") for i in e.unexpected_ids if mark in i} for e in suite.expectations}
    return {sentence: names for sentence, names in named.items() if names}


@pytest.mark.parametrize("number", range(len(APPLICATIONS)))
def test_an_application_is_named_by_all_that_it_breaks_and_by_nothing_else(
    tampered: ValidationResult, number: int
) -> None:
    assert broken_in(tampered.suites[0], number) == APPLICATIONS[number][1]


@pytest.mark.parametrize("number", range(len(CHARGES)))
def test_a_charge_is_named_by_all_that_it_breaks_and_by_nothing_else(tampered: ValidationResult, number: int) -> None:
    assert broken_in(tampered.suites[1], number) == CHARGES[number][1]


def test_every_expectation_of_rows_has_a_case_in_which_it_breaks(tampered: ValidationResult) -> None:
    for suite, cases in zip(tampered.suites, (APPLICATIONS, CHARGES), strict=False):
        assert {e.expectation for e in suite.expectations} == {s for _, broken in cases for s in broken}


def test_figures_that_their_rows_do_not_bear_out_are_named(tampered: ValidationResult) -> None:
    """The rows were tampered with after they had been added up."""
    figures = {e.expectation: e for e in tampered.suites[2].expectations}
    classes = figures["Every class holds what its rows add up to."]

    assert not tampered.success
    assert "applications USD unbilled, count" in classes.unexpected_ids
    assert figures["In every currency the classes add up to all that MongoDB counts by itself."].success
    assert not figures["What is to be done adds up from the rows of its classes."].success


def test_the_data_docs_have_a_page_for_each_suite(tampered: ValidationResult, folder: Path) -> None:
    assert tampered.docs == "validation/index.html"
    assert {path.name for path in (folder / "validations").iterdir()} == {"applications", "charges", "reconciliation"}


def test_an_audit_in_which_all_is_as_it_must_be_passes_and_an_empty_one_too() -> None:
    revenue = RevenueSide()
    write(revenue, "")
    for applications, charges, found in (audit(revenue), audit(RevenueSide())):
        before = applications.copy(), charges.copy()

        result = validated(applications, charges, found)

        assert result.success
        assert result.failures == ()
        assert [suite.suite for suite in result.suites] == ["applications", "charges", "reconciliation"]
        pd.testing.assert_frame_equal(applications, before[0])
        pd.testing.assert_frame_equal(charges, before[1])
