"""Open balances: what a client owes for an application against what it was charged for it.

Classes say what is wrong with one charge. What must be done about it depends on all charges of the application: a
duplicate that was refunded needs nothing. So the charges of an application are added up per client and currency, and
only where the sum is not what is owed does a person have to act.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

import pandas as pd

from reclaim.reconciliation.model import ApplicationClass, ChargeClass

_OWED: Final = (ApplicationClass.LATE.value, ApplicationClass.MISCHARGED.value)
"""Applications that must be paid for, and were not, or not correctly; what is billable the biller takes by itself."""

_EXAMINED: Final = (*_OWED, ApplicationClass.REFUNDED.value)


class AuditedApplication(NamedTuple):
    """What is needed of an application."""

    application_id: str
    applied_at: datetime
    client_id: str
    amount_minor: int
    currency: str
    found: str


class AuditedCharge(NamedTuple):
    """What is needed of a charge."""

    application_id: str
    charge_id: str
    client_id: str
    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class OpenBalance:
    """One client and currency whose charges for one application are not what is owed for it.

    Attributes:
        application: None where there is no such application.
        owed_minor: the price, for the application's own client and currency; otherwise nothing.
        charges: in the order they were made.
    """

    application_id: str
    client_id: str
    currency: str
    application: AuditedApplication | None
    owed_minor: int
    charges: tuple[AuditedCharge, ...]

    @property
    def charged_minor(self) -> int:
        """What the charges come to, refunds taken off."""
        return sum(charge.amount_minor for charge in self.charges)

    @property
    def open_minor(self) -> int:
        """What is still to be charged; below zero what is to be refunded."""
        return self.owed_minor - self.charged_minor


def open_balances(applications: pd.DataFrame, charges: pd.DataFrame) -> Iterator[OpenBalance]:
    """Every open balance, in the order of the applications; charges without an application last.

    Args:
        applications: see `reclaim.reconciliation.frames`.
        charges: likewise.
    """
    examined = _applications(applications)
    of_application: dict[str, list[AuditedCharge]] = defaultdict(list)
    for charge in _charges(charges, examined):
        of_application[charge.application_id].append(charge)
    for application_id, application in examined.items():
        yield from _balances(application, application_id, of_application.pop(application_id, []))
    for application_id, orphans in of_application.items():
        yield from _balances(None, application_id, orphans)


def _balances(
    application: AuditedApplication | None, application_id: str, charges: list[AuditedCharge]
) -> Iterator[OpenBalance]:
    by_client: dict[tuple[str, str], list[AuditedCharge]] = defaultdict(list)
    own = (application.client_id, application.currency) if application and application.found in _OWED else None
    if own:
        by_client[own] = []
    for charge in charges:
        by_client[charge.client_id, charge.currency].append(charge)
    for (client_id, currency), made in by_client.items():
        owed_minor = application.amount_minor if application and (client_id, currency) == own else 0
        balance = OpenBalance(application_id, client_id, currency, application, owed_minor, tuple(made))
        if balance.open_minor:
            yield balance


def _applications(frame: pd.DataFrame) -> dict[str, AuditedApplication]:
    chosen = frame[frame["class"].isin(_EXAMINED)]
    columns = ("application_id", "applied_at", "client_id", "amount_minor", "currency", "class")
    return {values[0]: AuditedApplication(*values) for values in _rows(chosen, columns)}


def _charges(frame: pd.DataFrame, examined: dict[str, AuditedApplication]) -> Iterator[AuditedCharge]:
    orphaned = frame["class"] == ChargeClass.WITHOUT_APPLICATION.value
    chosen = frame[orphaned | frame["application_id"].isin(list(examined))]
    return (AuditedCharge(*values) for values in _rows(chosen, AuditedCharge._fields))


def _rows(frame: pd.DataFrame, columns: tuple[str, ...]) -> Iterator[tuple[Any, ...]]:
    return zip(*(frame[column].tolist() for column in columns), strict=True)
