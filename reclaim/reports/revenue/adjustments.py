"""Manual adjustments: one proposal for each open balance."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import pandas as pd

from reclaim.reconciliation.model import ApplicationClass, Reconciliation
from reclaim.reports.revenue.settlement import OpenBalance, open_balances
from reclaim.text.figures import amount, counted


class Matter(StrEnum):
    """Why a balance is open; the first that fits."""

    LATE = "late"
    WITHOUT_APPLICATION = "charge_without_application"
    WRONG_CLIENT = "wrong_client"
    WRONG_CURRENCY = "wrong_currency"
    NOT_CHARGED = "not_charged"
    DUPLICATE = "duplicate_charge"
    OVERCHARGED = "overcharged"
    PARTLY_REFUNDED = "partly_refunded"
    UNDERCHARGED = "undercharged"


class Proposal(StrEnum):
    """What is proposed; no money moves until a person acts."""

    CHARGE = "charge"
    CREDIT = "credit"
    DECIDE = "decide"
    """Money was refunded, and only a person knows whether that was intended."""


MATTERS: Final[dict[Matter, str]] = {
    Matter.LATE: "Too late for the biller",
    Matter.WITHOUT_APPLICATION: "Charged without an application",
    Matter.WRONG_CLIENT: "Wrong client charged",
    Matter.WRONG_CURRENCY: "Charged in the wrong currency",
    Matter.NOT_CHARGED: "Right client not charged",
    Matter.DUPLICATE: "Charged more than once",
    Matter.OVERCHARGED: "Charged too much",
    Matter.PARTLY_REFUNDED: "Refunded in part",
    Matter.UNDERCHARGED: "Charged too little",
}


PROPOSALS: Final[dict[Proposal, str]] = {
    Proposal.CHARGE: "charge",
    Proposal.CREDIT: "credit",
    Proposal.DECIDE: "decide on",
}


@dataclass(frozen=True, slots=True)
class Adjustment:
    """One proposal.

    Attributes:
        balance: the client, the currency and the application it is about, with the charges that were made.
        client_name: empty where the window's applications do not have it.
        why: in words, with the amounts.
    """

    matter: Matter
    proposal: Proposal
    balance: OpenBalance
    client_name: str
    why: str

    @property
    def amount_minor(self) -> int:
        """What is open: above zero to be charged, below zero to be refunded."""
        return self.balance.open_minor


def adjustments(
    reconciliation: Reconciliation, applications: pd.DataFrame, charges: pd.DataFrame
) -> Iterator[Adjustment]:
    """Every proposal, in the order of the applications; charges without an application last.

    Args:
        reconciliation: the moment and the back-dating window that the reasons name.
        applications: see `reclaim.reconciliation.frames`.
        charges: likewise.
    """
    named = applications[applications["client_name"].notna()]
    names = dict(zip(named["client_id"], named["client_name"], strict=True))
    for balance in open_balances(applications, charges):
        matter = _matter(balance)
        yield Adjustment(
            matter=matter,
            proposal=_proposal(balance),
            balance=balance,
            client_name=names.get(balance.client_id, ""),
            why=_why(matter, balance, reconciliation),
        )


def _proposal(balance: OpenBalance) -> Proposal:
    if balance.open_minor < 0:
        return Proposal.CREDIT
    refunded = any(charge.amount_minor < 0 for charge in balance.charges)
    return Proposal.DECIDE if refunded else Proposal.CHARGE


def _matter(balance: OpenBalance) -> Matter:
    application, charges = balance.application, balance.charges
    if application is None:
        return Matter.WITHOUT_APPLICATION
    if balance.client_id != application.client_id:
        return Matter.WRONG_CLIENT
    if balance.currency != application.currency:
        return Matter.WRONG_CURRENCY
    if not charges:
        return Matter.LATE if application.found == ApplicationClass.LATE.value else Matter.NOT_CHARGED
    if balance.open_minor < 0:
        again = sum(charge.amount_minor > 0 for charge in charges) > 1
        return Matter.DUPLICATE if again else Matter.OVERCHARGED
    refunded = any(charge.amount_minor < 0 for charge in charges)
    return Matter.PARTLY_REFUNDED if refunded else Matter.UNDERCHARGED


def _why(matter: Matter, balance: OpenBalance, reconciliation: Reconciliation) -> str:
    application, charged = balance.application, _charged(balance)
    if application is None:
        return f"{charged} There is no such application."
    price = amount(application.amount_minor, application.currency)
    match matter:
        case Matter.LATE:
            age = counted((reconciliation.as_of - application.applied_at).days, "day")
            limit = counted(reconciliation.backdating_days, "day")
            return f"Never charged and {age} old; the biller goes back {limit}. The price is {price}."
        case Matter.WRONG_CLIENT:
            return f"{charged} The application is client {application.client_id}'s."
        case Matter.NOT_CHARGED:
            return f"Never charged to this client in this currency; see the other lines. The price is {price}."
        case Matter.PARTLY_REFUNDED:
            return f"{charged} The price is {price}. If that was intended, nothing is to be done."
        case _:
            return f"{charged} The price is {price}."


def _charged(balance: OpenBalance) -> str:
    """As in: Charged 2 times, 25.00 USD in all; refunded 5.00 USD."""
    taken = [charge.amount_minor for charge in balance.charges if charge.amount_minor >= 0]
    returned = [-charge.amount_minor for charge in balance.charges if charge.amount_minor < 0]
    times = f" {len(taken)} times," if len(taken) > 1 else ""
    charged = f"Charged{times} {amount(sum(taken), balance.currency)}{' in all' if times else ''}" if taken else ""
    refunded = f"refunded {amount(sum(returned), balance.currency)}" if returned else ""
    return "; ".join(part for part in (charged, refunded) if part) + "."
