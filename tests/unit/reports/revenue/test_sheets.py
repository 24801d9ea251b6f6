"""The lists: every row once, amounts exact and readable, nothing that a spreadsheet would run."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

import pytest

from reclaim.reconciliation import frames
from reclaim.reports.revenue.meanings import APPLICATIONS, CHARGES
from reclaim.reports.revenue.sheets import ADJUSTMENT_COLUMNS, APPLICATION_COLUMNS, CHARGE_COLUMNS
from reclaim.reports.revenue.writer import write_revenue
from tests.unit.reconciliation.revenue_side import RevenueSide
from tests.unit.reports.revenue.audits import audit_of, every_trouble

FORMULA = '=HYPERLINK("http://evil","x")'
TURNED_AROUND = "\u202eevil\u202c"


def sheet(revenue: RevenueSide, folder: Path, name: str) -> list[dict[str, str]]:
    audit = audit_of(revenue)
    write_revenue(audit.reconciliation, audit.applications, audit.charges, folder)
    with (folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_application_and_every_charge_is_listed_once_with_its_class(tmp_path: Path) -> None:
    revenue = every_trouble()
    applications = sheet(revenue, tmp_path, "revenue.csv")
    charges = sheet(revenue, tmp_path, "charges.csv")

    found = {row["application_id"]: row["class"] for row in applications} | {
        row["charge_id"]: row["class"] for row in charges
    }
    assert found == revenue.expected()
    assert len(applications) + len(charges) == len(found)


def test_adding_a_list_up_by_currency_and_class_gives_the_audit_s_figures(tmp_path: Path) -> None:
    revenue = every_trouble()
    expected = revenue.expected_sums()

    for name, kind in (("revenue.csv", "applications"), ("charges.csv", "charges")):
        sums: dict[str, dict[str, dict[str, int]]] = defaultdict(dict)
        for row in sheet(revenue, tmp_path, name):
            held = sums[row["currency"]].setdefault(row["class"], {"count": 0, "amount_minor": 0})
            held["count"] += 1
            held["amount_minor"] += int(row["amount_minor"])
        assert sums == expected[kind]


@pytest.mark.parametrize(
    ("currency", "shown"), [("JPY", "123,456 JPY"), ("USD", "1,234.56 USD"), ("KWD", "123.456 KWD")]
)
def test_amounts_have_their_currency_s_own_decimals(tmp_path: Path, currency: str, shown: str) -> None:
    revenue = RevenueSide()
    revenue.apply(currency=currency, amount_minor=123_456)

    (row,) = sheet(revenue, tmp_path, "revenue.csv")

    assert (row["amount_minor"], row["amount"], row["status"]) == ("123456", shown, "billable_now")


def test_a_refund_is_in_brackets_and_no_formula(tmp_path: Path) -> None:
    charges = {row["charge_id"]: row for row in sheet(every_trouble(), tmp_path, "charges.csv")}

    assert charges["refunded-1"]["amount"] == "(1.00 USD)"
    assert charges["refunded-1"]["amount_minor"] == "-100"


def test_what_is_missing_is_an_empty_cell(tmp_path: Path) -> None:
    rows = {row["application_id"]: row for row in sheet(every_trouble(), tmp_path, "revenue.csv")}
    charges = {row["charge_id"]: row for row in sheet(every_trouble(), tmp_path, "charges.csv")}

    unknown = rows["at_risk"]
    assert [unknown[name] for name in ("client_name", "client_rate_minor", "recovered_by", "tracking_id")] == [""] * 4
    assert charges["orphan-0"]["applied_at"] == charges["orphan-0"]["application_amount_minor"] == ""


def test_hostile_text_is_shown_and_never_run(tmp_path: Path) -> None:
    revenue = RevenueSide(known={FORMULA, TURNED_AROUND})
    revenue.apply(FORMULA, client_id=FORMULA, currency="USD", job_id="a\r\n=1+1", amount_minor=2**63 - 1)
    revenue.apply("b", client_id=TURNED_AROUND, tracking_id="@SUM(1)")
    revenue.charge(FORMULA, application_id=FORMULA, client_id=TURNED_AROUND)

    for name in ("revenue.csv", "charges.csv", "adjustments.csv"):
        for row in sheet(revenue, tmp_path, name):
            for column, value in row.items():
                if not column.endswith("_minor"):
                    assert not value.startswith(("=", "+", "-", "@", "\t", "\r")), (name, column, value)
                assert "\u202e" not in value
                assert "\n=" not in value
    assert f"'{FORMULA}" in {row["client_id"] for row in sheet(revenue, tmp_path, "revenue.csv")}


def test_a_currency_that_is_none_is_written_all_the_same(tmp_path: Path) -> None:
    revenue = RevenueSide()
    revenue.apply(currency="=1+1")

    (row,) = sheet(revenue, tmp_path, "revenue.csv")

    assert row["currency"] == "'=1+1"
    assert row["amount"] == "100 minor units of =1+1"


def test_an_empty_window_leaves_lists_with_a_header_only(tmp_path: Path) -> None:
    for name, columns in (
        ("revenue.csv", APPLICATION_COLUMNS),
        ("charges.csv", CHARGE_COLUMNS),
        ("adjustments.csv", ADJUSTMENT_COLUMNS),
    ):
        assert sheet(RevenueSide(), tmp_path, name) == []
        assert (tmp_path / name).read_text().strip() == ",".join(columns)


def test_every_column_comes_from_the_audit_s_tables_or_is_made_of_them() -> None:
    assert set(APPLICATION_COLUMNS) - set(frames.APPLICATIONS) == {"amount", "status"}
    assert set(CHARGE_COLUMNS) - set(frames.CHARGES) == {"amount"}


def test_every_class_has_words() -> None:
    assert {found.value for found in APPLICATIONS} >= set(every_trouble().expected().values()) - {
        found.value for found in CHARGES
    }
    sentences = [one.sentence for one in APPLICATIONS.values()] + [one.sentence for one in CHARGES.values()]
    assert all(sentence.endswith(".") for sentence in sentences)
