"""The three lists as CSV: every application, every charge, and the manual adjustments.

UTF-8 with a header and CRLF line ends (RFC 4180), as `messages.csv`; cells that a spreadsheet would run are
neutralised. Amounts stand twice: as whole minor units to calculate with, and as people write them; in the second form,
below zero is in brackets, since a leading minus would be a formula, and it is text, since ``1.250`` is a thousand and
more to half of the world's spreadsheets. Adding an amount up makes sense within one currency only.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import pandas as pd

from reclaim.reconciliation.model import ApplicationClass
from reclaim.reports.revenue.adjustments import Adjustment
from reclaim.reports.revenue.meanings import status_of
from reclaim.reports.spreadsheet import cell
from reclaim.text.figures import amount

APPLICATION_COLUMNS: Final = {
    "application_id": "the application",
    "applied_at": "when it happened, UTC",
    "client_id": "the client it was made through",
    "client_name": "that client's name; empty where the client is unknown",
    "currency": "ISO 4217 code",
    "amount_minor": "its price, in minor units of the currency",
    "amount": "the same as people write it",
    "class": "what the audit found it to be",
    "status": "settled, billable_now, at_risk, by_hand or mischarged",
    "charges": "how many charges it has",
    "tracking_id": "its tracking ID; empty where it has none",
    "job_id": "the job that was applied for",
    "client_rate_minor": "the client's rate of today, in minor units of the client's currency",
    "recovered_by": "the run that gave the client its tracking ID; empty where none did",
}
"""`revenue.csv`, a row per application of the window."""

CHARGE_COLUMNS: Final = {
    "charge_id": "the charge",
    "charged_at": "when it was made, UTC",
    "application_id": "the application it is for",
    "client_id": "the client who was charged",
    "currency": "ISO 4217 code of what was charged",
    "amount_minor": "what was charged, in minor units of the currency; below zero where it was refunded",
    "amount": "the same as people write it; refunds in brackets",
    "class": "what the audit found it to be",
    "drift_minor": "charged minus price, where the amount is wrong and the currency right; otherwise 0",
    "application_client_id": "the client of the application; empty, as all below, where it does not exist",
    "application_currency": "the currency of the application's price",
    "application_amount_minor": "that price, in minor units",
    "applied_at": "when the application happened, UTC",
}
"""`charges.csv`, a row per charge of these applications, and per charge of the window without an application."""

ADJUSTMENT_COLUMNS: Final = {
    "matter": "why the balance is open",
    "proposal": "charge, credit or decide",
    "application_id": "the application it is about",
    "client_id": "the client to charge or to credit",
    "client_name": "that client's name, where the window's applications have it",
    "currency": "ISO 4217 code",
    "amount_minor": "what is open, in minor units: above zero to be charged, below zero to be credited",
    "amount": "how much to charge or to credit, as people write it",
    "owed_minor": "what this client owes for this application in this currency",
    "charged_minor": "what the client was charged for it, refunds taken off",
    "charge_ids": "the charges it is about",
    "applied_at": "when the application happened, UTC; empty where it does not exist",
    "why": "the reason in words",
}
"""`adjustments.csv`, a row per open balance: a client, an application and a currency."""


def write_applications(frame: pd.DataFrame, path: Path) -> None:
    """Write `revenue.csv` from a frame of `reclaim.reconciliation.frames.APPLICATIONS`."""
    statuses = {found.value: status_of(found).value for found in ApplicationClass}
    derived = {"amount": _amounts(frame), "status": [statuses.get(found, "") for found in frame["class"]]}
    _write_frame(frame, APPLICATION_COLUMNS, derived, path)


def write_charges(frame: pd.DataFrame, path: Path) -> None:
    """Write `charges.csv` from a frame of `reclaim.reconciliation.frames.CHARGES`."""
    _write_frame(frame, CHARGE_COLUMNS, {"amount": _amounts(frame)}, path)


def write_adjustments(found: Iterable[Adjustment], path: Path) -> None:
    """Write `adjustments.csv`, reading `found` once."""
    _write(ADJUSTMENT_COLUMNS, ([cell(value) for value in _adjustment(each)] for each in found), path)


def _adjustment(found: Adjustment) -> Sequence[Any]:
    balance = found.balance
    return (
        found.matter.value,
        found.proposal.value,
        balance.application_id,
        balance.client_id,
        found.client_name,
        balance.currency,
        found.amount_minor,
        amount(abs(found.amount_minor), balance.currency),
        balance.owed_minor,
        balance.charged_minor,
        " ".join(charge.charge_id for charge in balance.charges),
        balance.application.applied_at if balance.application else None,
        found.why,
    )


def _amounts(frame: pd.DataFrame) -> list[str]:
    """As people write them; prices repeat, so each is written once."""
    pairs = list(zip(frame["amount_minor"].tolist(), frame["currency"].tolist(), strict=True))
    written = {
        (minor, currency): amount(minor, currency) if minor >= 0 else f"({amount(-minor, currency)})"
        for minor, currency in set(pairs)
    }
    return [written[pair] for pair in pairs]


def _write_frame(frame: pd.DataFrame, names: Iterable[str], derived: dict[str, list[str]], path: Path) -> None:
    """Column by column: a frame's rows are slow to come by, its columns are not."""
    columns = [pd.Series(derived[name]) if name in derived else frame[name] for name in names]
    _write(names, zip(*map(_cells, columns), strict=True), path)


def _cells(column: pd.Series) -> list[str | int]:
    """A column as it stands in the file; of most, few values are distinct, and each is looked at once."""
    codes, distinct = pd.factorize(column)
    shown = [cell(value) for value in distinct.tolist()]
    return [*map([*shown, ""].__getitem__, codes.tolist())]  # -1, the code of what is missing, is the last


def _write(names: Iterable[str], rows: Iterable[Sequence[str | int]], path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        sheet = csv.writer(file)
        sheet.writerow(names)
        sheet.writerows(rows)
