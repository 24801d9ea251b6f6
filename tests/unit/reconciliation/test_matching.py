"""Every application and every charge is in exactly one class: the first that fits."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reclaim.reconciliation import frames
from reclaim.reconciliation.model import AuditWindow
from tests.unit.reconciliation.revenue_side import AS_OF, WINDOW, RevenueSide, ago, classes_of, sums_of

MOST = 2**63 - 1
LEAST = -(2**63)

names = st.sampled_from(["known", "recovered", "awaiting", "nobody", ""])
amounts = st.one_of(st.sampled_from([0, 1, -1, 100, -100, 50, -50]), st.sampled_from([MOST, LEAST, -MOST]))
currencies = st.sampled_from(["USD", "JPY", "KWD"])
moments = st.sampled_from([61, 60, 59.5, 40, 35.001, 35, 34.999, 10, 9, 0, -1]).map(ago)


@st.composite
def any_revenue_side(draw: st.DrawFn) -> RevenueSide:
    """A few applications and many charges of few kinds, so that they meet."""
    revenue = RevenueSide()
    for name in draw(st.lists(st.sampled_from("abcdef"), unique=True)):
        changes = {"client_id": draw(names), "applied_at": draw(moments), "amount_minor": draw(amounts)}
        revenue.apply(name, **changes, currency=draw(currencies))
    for number in range(draw(st.integers(0, 20))):
        changes = {"application_id": draw(st.sampled_from("abcdefxy")), "client_id": draw(names)}
        changes |= {"charged_at": draw(moments), "amount_minor": draw(amounts), "currency": draw(currencies)}
        revenue.charge(f"c{number}", **changes)
    return revenue


@given(any_revenue_side())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_classes_and_sums_are_those_of_the_contract_read_row_by_row(revenue: RevenueSide) -> None:
    matched, found = revenue.audited()

    assert classes_of(matched) == revenue.expected()
    assert found["balanced"]
    assert sums_of(found) == revenue.expected_sums()


def test_no_applications_and_no_charges_are_no_classes() -> None:
    found = RevenueSide().audited()[1]

    assert (found["applications"], found["charges"], found["drift"], found["summary"]) == ({}, {}, {}, {})
    assert found["balanced"]


def test_the_frames_have_the_columns_they_are_said_to_have() -> None:
    revenue = RevenueSide()
    revenue.apply(tracking_id="trk", job_id="job")
    revenue.charge()

    for matched in (RevenueSide().audited()[0], revenue.audited()[0]):
        assert {name: str(dtype) for name, dtype in matched.applications.dtypes.items()} == frames.APPLICATIONS
        assert {name: str(dtype) for name, dtype in matched.charges.dtypes.items()} == frames.CHARGES


@pytest.mark.parametrize(
    ("charges", "expected"),
    [
        pytest.param([{}], {"a": "matched", "c0": "matched"}, id="one that fits"),
        pytest.param([{}, {"amount_minor": -100}], {"a": "refunded", "c1": "refund"}, id="given back in full"),
        pytest.param([{}, {"amount_minor": -40}], {"a": "mischarged", "c0": "matched", "c1": "refund"}, id="in part"),
        pytest.param(
            [{}, {"amount_minor": -100, "currency": "EUR"}],
            {"a": "mischarged", "c1": "refund"},
            id="given back in another currency, which nets nothing",
        ),
        pytest.param([{"amount_minor": 0}], {"a": "mischarged", "c0": "wrong_amount"}, id="for nothing: no refund"),
        pytest.param(
            [{"charged_at": ago(8)}, {"charged_at": ago(9)}],
            {"a": "mischarged", "c0": "duplicate_charge", "c1": "matched"},
            id="twice: the later one is the duplicate",
        ),
        pytest.param([{}, {}], {"c0": "matched", "c1": "duplicate_charge"}, id="twice at once: the ID decides"),
        pytest.param(
            [{"client_id": "recovered"}, {"charged_at": ago(8)}],
            {"a": "mischarged", "c0": "wrong_client", "c1": "matched"},
            id="to two clients: only the right one's can be a duplicate",
        ),
        pytest.param(
            [{"amount_minor": -100, "charged_at": ago(10)}, {}],
            {"a": "refunded", "c0": "refund", "c1": "matched"},
            id="given back before it was charged",
        ),
        pytest.param(
            [{"amount_minor": 0, "charged_at": ago(10)}, {}],
            {"c0": "wrong_amount", "c1": "matched"},
            id="a charge of nothing makes no duplicate of the next",
        ),
        pytest.param([{"currency": "EUR"}], {"a": "mischarged", "c0": "wrong_amount"}, id="the wrong currency"),
        pytest.param([{"charged_at": ago(-500)}], {"a": "matched"}, id="long after the window"),
    ],
)
def test_charges_and_their_application(charges: list[dict[str, Any]], expected: dict[str, str]) -> None:
    revenue = RevenueSide()
    revenue.apply()
    for number, changes in enumerate(charges):
        revenue.charge(f"c{number}", **changes)

    classes = revenue.classes()

    assert {name: classes[name] for name in expected} == expected
    assert classes == revenue.expected()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"client_id": "awaiting"}, "awaiting_quarantine"),
        ({"client_id": "nobody"}, "unattributable"),
        ({"client_id": None}, "unattributable"),
        ({"client_id": "nobody", "applied_at": ago(50)}, "unattributable"),
        ({"applied_at": AS_OF - timedelta(days=35, microseconds=1)}, "late"),
        ({"applied_at": AS_OF - timedelta(days=35)}, "unbilled"),
        ({"client_id": "recovered", "applied_at": ago(50)}, "late"),
        ({"client_id": "recovered"}, "unbilled_recovered"),
        ({}, "unbilled"),
    ],
)
def test_an_application_without_a_charge(changes: dict[str, Any], expected: str) -> None:
    revenue = RevenueSide()
    revenue.apply(**changes)

    assert revenue.classes() == {"a": expected}


def test_a_client_that_exists_is_not_awaited_whatever_is_in_quarantine() -> None:
    revenue = RevenueSide(awaiting={"known"})
    revenue.apply()

    assert revenue.classes() == {"a": "unbilled"}


def test_lateness_is_measured_against_as_of_and_the_back_dating_window() -> None:
    revenue = RevenueSide()
    revenue.apply(applied_at=ago(10))

    assert revenue.classes(AuditWindow(WINDOW.opens, WINDOW.closes, AS_OF, timedelta(days=9))) == {"a": "late"}
    assert revenue.classes(AuditWindow(WINDOW.opens, WINDOW.closes, AS_OF + timedelta(days=26))) == {"a": "late"}


def test_the_window_has_its_first_moment_and_not_its_last() -> None:
    revenue = RevenueSide()
    revenue.apply("first", applied_at=WINDOW.opens)
    revenue.apply("last", applied_at=WINDOW.closes)

    assert revenue.classes().keys() == {"first"}


def test_a_charge_for_an_application_of_another_window_is_that_windows_affair() -> None:
    revenue = RevenueSide()
    revenue.apply(applied_at=ago(70))
    revenue.charge(charged_at=ago(9))
    revenue.charge("orphan", application_id="gone")
    revenue.charge("old orphan", application_id="gone", charged_at=ago(70))

    assert revenue.classes() == {"orphan": "charge_without_application"}


def test_drift_is_signed_and_told_only_in_the_applications_currency() -> None:
    revenue = RevenueSide()
    changed: dict[str, dict[str, Any]] = {
        "over": {"amount_minor": 130},
        "under": {"amount_minor": 90},
        "other": {"currency": "EUR"},
    }
    for name, changes in changed.items():
        revenue.apply(name)
        revenue.charge(f"c {name}", application_id=name, **changes)

    charges = revenue.audited()[0].charges.set_index("charge_id")
    found = revenue.audited()[1]

    assert charges["drift_minor"].to_dict() == {"c over": 30, "c under": -10, "c other": 0}
    assert found["drift"]["USD"].model_dump() == {"over_minor": 30, "under_minor": 10}
    assert found["drift"].keys() == {"USD"}
    assert found["summary"]["EUR"].leakage.wrong_currency.count == 1


def test_a_drift_that_no_float_can_hold_is_exact_beside_rows_without_any() -> None:
    revenue = RevenueSide()
    revenue.apply(amount_minor=0)
    revenue.apply("b")
    revenue.charge("c", amount_minor=MOST)
    revenue.charge("d", application_id="b")

    charges = revenue.audited()[0].charges.set_index("charge_id")

    assert charges["drift_minor"].to_dict() == {"c": MOST, "d": 0}
    assert charges["drift_minor"].dtype == "int64"


def test_a_difference_that_needs_a_65th_bit_is_exact() -> None:
    revenue = RevenueSide()
    revenue.apply(amount_minor=-5)
    revenue.charge(amount_minor=MOST)

    assert revenue.audited()[0].charges["drift_minor"].tolist() == [MOST + 5]
    assert revenue.audited()[1]["drift"]["USD"].over_minor == MOST + 5
