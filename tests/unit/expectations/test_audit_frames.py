"""The figures of an audit beside what was added up a second time."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from expectations.audit_frames import blanks_missing, sums_frame
from reclaim.reconciliation.model import ApplicationClass, ChargeClass, Drift, Line, Reconciliation
from tests.unit.reconciliation.revenue_side import RevenueSide
from tests.unit.reports.revenue.audits import Audit, audit_of, every_trouble


def off(audit: Audit, **changes: Any) -> dict[str, set[str]]:  # noqa: ANN401
    """The figures that differ, by kind."""
    found: Reconciliation = audit.reconciliation.model_copy(update=changes)
    frame = sums_frame(found, audit.applications, audit.charges)
    rows = frame[[said != found for said, found in zip(frame["said"], frame["found"], strict=True)]]
    return {str(kind): set(group["figure"]) for kind, group in rows.groupby("kind")}


def test_the_figures_of_a_sound_audit_are_all_borne_out() -> None:
    audit = audit_of(every_trouble())

    assert off(audit) == {}
    frame = sums_frame(audit.reconciliation, audit.applications, audit.charges)
    assert set(frame["kind"]) == {"class", "total", "summary", "drift"}
    assert frame["figure"].is_unique


def test_an_empty_audit_has_no_figures() -> None:
    audit = audit_of(RevenueSide())

    frame = sums_frame(audit.reconciliation, audit.applications, audit.charges)

    assert frame.empty
    assert list(frame.columns) == ["figure", "kind", "said", "found"]


def test_a_class_that_is_a_cent_off_is_found_and_so_is_its_total() -> None:
    audit = audit_of(every_trouble())
    usd = audit.reconciliation.applications["USD"]
    late = {ApplicationClass.LATE: Line(count=1, amount_minor=101)}

    assert off(audit, applications={"USD": usd | late}) == {
        "class": {"applications USD late, minor units"},
        "total": {"applications USD, minor units"},
    }


def test_a_class_that_was_left_out_is_found() -> None:
    audit = audit_of(every_trouble())
    usd = {name: line for name, line in audit.reconciliation.charges["USD"].items() if name is not ChargeClass.REFUND}
    eur = audit.reconciliation.charges["EUR"]

    assert off(audit, charges={"USD": usd, "EUR": eur}) == {
        "class": {"charges USD refund, count", "charges USD refund, minor units"},
        "total": {"charges USD, count", "charges USD, minor units"},
    }


def test_a_total_that_mongodb_counts_otherwise_or_not_at_all_is_found() -> None:
    audit = audit_of(every_trouble())
    checks = [check for check in audit.reconciliation.checks if check.currency == "USD"]
    more = checks[0].model_copy(update={"total": checks[0].total + Line(count=1)})

    assert off(audit, checks=(more, checks[1])) == {
        "total": {"applications USD, count", "charges EUR, count", "charges EUR, minor units"}
    }


def test_a_summary_that_leaves_something_out_is_found() -> None:
    audit = audit_of(every_trouble())
    summary = audit.reconciliation.summary
    less = summary["USD"].model_copy(update={"at_risk": Line(count=1, amount_minor=100)})

    assert off(audit, summary={**summary, "USD": less}) == {
        "summary": {"USD at risk, count", "USD at risk, minor units"}
    }


def test_a_drift_that_is_off_is_found() -> None:
    audit = audit_of(every_trouble())

    assert off(audit, drift={"USD": Drift(over_minor=30, under_minor=41)}) == {"drift": {"USD too little, minor units"}}
    assert off(audit, drift={}) == {"drift": {"USD too much, minor units", "USD too little, minor units"}}


def test_a_row_that_vanished_is_missed() -> None:
    audit = audit_of(every_trouble())
    fewer = Audit(audit.reconciliation, audit.applications.iloc[1:], audit.charges)

    assert set(off(fewer)) == {"class", "summary"}


def test_sums_that_need_more_than_64_bits_are_exact() -> None:
    revenue = RevenueSide()
    for number in range(3):
        revenue.apply(f"a{number}", amount_minor=2**63 - 1)
    audit = audit_of(revenue)

    frame = sums_frame(audit.reconciliation, audit.applications, audit.charges).set_index("figure")

    assert off(audit) == {}
    assert frame.loc["applications USD unbilled, minor units", "found"] == 3 * (2**63 - 1)


@pytest.mark.parametrize("value", [1.0, True, None, "100"])
def test_rows_that_hold_no_whole_number_add_up_to_nothing(value: float | str | None) -> None:
    audit = audit_of(every_trouble())
    applications = audit.applications.astype({"amount_minor": "object"})
    applications.loc[applications["class"] == "late", "amount_minor"] = value

    assert off(Audit(audit.reconciliation, applications, audit.charges)) == {
        "class": {"applications USD late, minor units"},
        "summary": {"USD manual adjustments, minor units"},
    }


def test_blank_text_counts_as_missing_and_columns_that_are_not_there_are_left_alone() -> None:
    frame = pd.DataFrame({"client_id": pd.Series(["cl_1", "", " \t", None], dtype="str")})

    assert blanks_missing(frame, "client_id", "currency")["client_id"].isna().tolist() == [False, True, True, True]
