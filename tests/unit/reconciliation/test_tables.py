"""Documents become tables whose columns need not be doubted."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from reclaim.reconciliation.tables import APPLICATIONS, CHARGES, CLIENTS, Unauditable, table_of

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
