"""Documents become tables whose columns need not be doubted."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from reclaim.contracts.amounts import AmountUnit
from reclaim.reconciliation.tables import (
    Unauditable,
    application_columns,
    charge_columns,
    client_columns,
    table_of,
)
from tests.builders import CONTRACT

REVENUE = CONTRACT.require_revenue()
APPLICATIONS = application_columns(REVENUE)
CHARGES = charge_columns(REVENUE)
CLIENTS = client_columns(CONTRACT)
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
APPLICATION = {"_id": "a", "client_id": "cl", "applied_at": NOON, "amount_minor": 100, "currency": "USD"}
CHARGE = {
    "_id": "c",
    "application_id": "a",
    "client_id": "cl",
    "charged_at": NOON,
    "amount_minor": 1,
    "currency": "USD",
}


@pytest.mark.parametrize(
    "broken",
    [
        {"amount_minor": 1.0},
        {"amount_minor": "100"},
        {"amount_minor": None},
        {"amount_minor": True},
        {"currency": None},
        {"currency": 840},
        {"applied_at": "2026-11-20"},
        {"_id": 7},
        {"client_id": 7},
    ],
)
def test_an_application_that_cannot_be_read_is_named_with_what_is_wrong(broken: dict[str, Any]) -> None:
    (path,) = broken

    with pytest.raises(Unauditable, match=f"applications {broken.get('_id', 'a')!r} cannot be audited: its {path} is"):
        table_of([APPLICATION | broken], APPLICATIONS, "applications")


def test_an_application_of_nobody_and_a_charge_for_nothing_can_be_read() -> None:
    applications = table_of([APPLICATION | {"client_id": None}], APPLICATIONS, "applications")
    charges = table_of(
        [{name: value for name, value in CHARGE.items() if name != "application_id"}], CHARGES, "charges"
    )

    assert applications["client_id"].tolist() == [""]
    assert charges["application_id"].tolist() == [""]


@pytest.mark.parametrize("tracking_id", [None, "", 7])
def test_what_is_optional_is_missing_where_it_is_anything_else(tracking_id: object) -> None:
    applications = table_of([APPLICATION | {"tracking_id": tracking_id}], APPLICATIONS, "applications")
    clients = table_of([{"_id": "cl", "billing": "free", "recovery": [], "created_at": 0}], CLIENTS, "clients")

    assert applications["tracking_id"].isna().all()
    assert clients.drop(columns="client_id").isna().all(axis=None)


def test_the_largest_amounts_stay_exact() -> None:
    amounts = [2**63 - 1, -(2**63), 2**53 + 1]

    table = table_of([APPLICATION | {"amount_minor": one} for one in amounts], APPLICATIONS, "applications")

    assert table["amount_minor"].tolist() == amounts


def test_many_documents_are_a_row_each_in_their_order() -> None:
    names = [f"a{number}" for number in range(45_000)]

    table = table_of((APPLICATION | {"_id": name} for name in names), APPLICATIONS, "applications")

    assert table["application_id"].tolist() == names


# --- another company's collections ----------------------------------------------------------------------------------

IN_EUROS = replace(
    REVENUE,
    applications=replace(REVENUE.applications, name="sales", record_key="order_no", at="sold_at", amount="total"),
    unit=AmountUnit.DECIMAL,
)
SALE = {"_id": "s", "order_no": "A-1", "sold_at": NOON, "currency": "EUR"}


def test_fields_are_read_under_the_names_that_the_contract_gives_them() -> None:
    table = table_of([SALE | {"total": "1.00"}], application_columns(IN_EUROS), "sales")

    assert table[["application_id", "client_id", "currency"]].to_numpy().tolist() == [["s", "A-1", "EUR"]]
    assert table["applied_at"].tolist() == [NOON]


@pytest.mark.parametrize(
    ("total", "currency", "minor"),
    [
        ("129.90", "EUR", 12990),
        ("129.9000", "EUR", 12990),
        ("-0.01", "EUR", -1),
        (Decimal("129.90"), "EUR", 12990),
        (Decimal("1E+3"), "JPY", 1000),
        ("999999999999999.99", "EUR", 99999999999999999),
        ("0.1234", "CLF", 1234),
    ],
)
def test_decimal_amounts_become_exact_minor_units(total: object, currency: str, minor: int) -> None:
    table = table_of([SALE | {"total": total, "currency": currency}], application_columns(IN_EUROS), "sales")

    assert table["amount_minor"].tolist() == [minor]
    assert table["amount_minor"].dtype == "int64"


@pytest.mark.parametrize(
    ("broken", "problem"),
    [
        ({"total": 129.9}, "total is a float"),
        ({"total": 129}, "total is a int"),
        ({"total": "129,90"}, "total is not a decimal number"),
        ({"total": Decimal("NaN")}, "total is not a decimal number"),
        ({"total": "1.999"}, "total is finer than the minor unit of EUR"),
        ({"total": Decimal("1E+300")}, "total is too large"),
        ({"total": "1", "currency": "EURO"}, "total has no ISO 4217 currency"),
        ({}, "total is missing"),
    ],
)
def test_an_amount_that_cannot_be_read_exactly_stops_the_audit_and_is_named(
    broken: dict[str, Any], problem: str
) -> None:
    with pytest.raises(Unauditable, match=f"sales 's' cannot be audited: its {problem}."):
        table_of([SALE | broken], application_columns(IN_EUROS), "sales")
