"""What each class means, in words for somebody who bills clients, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from reclaim.reconciliation.model import ApplicationClass, ChargeClass


class ApplicationStatus(StrEnum):
    """How far an application is on its way to being paid for; several classes share each."""

    SETTLED = "settled"
    BILLABLE_NOW = "billable_now"
    AT_RISK = "at_risk"
    BY_HAND = "by_hand"
    MISCHARGED = "mischarged"


STATUSES: Final[dict[ApplicationStatus, str]] = {
    ApplicationStatus.SETTLED: "settled",
    ApplicationStatus.BILLABLE_NOW: "billable now",
    ApplicationStatus.AT_RISK: "at risk",
    ApplicationStatus.BY_HAND: "manual adjustment",
    ApplicationStatus.MISCHARGED: "mischarged",
}


@dataclass(frozen=True, slots=True)
class ApplicationMeaning:
    """A class of applications explained.

    Attributes:
        title: a few words.
        sentence: what it says of the application.
        next_step: what is to be done; empty where nothing is.
    """

    status: ApplicationStatus
    title: str
    sentence: str
    next_step: str = ""


@dataclass(frozen=True, slots=True)
class ChargeMeaning:
    """A class of charges explained.

    Attributes:
        title: a few words.
        sentence: what it says of the charge.
        misapplied: whether it charges the wrong client, the wrong amount, twice, or for nothing.
    """

    title: str
    sentence: str
    misapplied: bool = False


APPLICATIONS: Final[dict[ApplicationClass, ApplicationMeaning]] = {
    ApplicationClass.MATCHED: ApplicationMeaning(
        ApplicationStatus.SETTLED,
        "Charged as it should be",
        "It has exactly one charge: the right client, the right amount, the right currency.",
    ),
    ApplicationClass.REFUNDED: ApplicationMeaning(
        ApplicationStatus.SETTLED,
        "Refunded in full",
        "It was charged and refunded; its charges come to zero.",
    ),
    ApplicationClass.UNBILLED_RECOVERED: ApplicationMeaning(
        ApplicationStatus.BILLABLE_NOW,
        "Billable, client recovered",
        "It was never charged, because its client had no tracking ID. A recovery gave it one.",
        "Bill it: the regular biller can take it as it is.",
    ),
    ApplicationClass.UNBILLED: ApplicationMeaning(
        ApplicationStatus.BILLABLE_NOW,
        "Billable, not charged",
        "It was never charged, although its client is in order.",
        "Bill it: the regular biller can take it as it is.",
    ),
    ApplicationClass.AWAITING_QUARANTINE: ApplicationMeaning(
        ApplicationStatus.AT_RISK,
        "Client waits in quarantine",
        "Its client is not in the record; a message that names the client is in quarantine and waits for a decision.",
        "Have the platform team decide on the quarantined message, then reconcile again.",
    ),
    ApplicationClass.UNATTRIBUTABLE: ApplicationMeaning(
        ApplicationStatus.AT_RISK,
        "Client unknown",
        "Its client is not in the record, and no message in quarantine names it. It cannot be billed.",
        "Ask the client service who the client is.",
    ),
    ApplicationClass.LATE: ApplicationMeaning(
        ApplicationStatus.BY_HAND,
        "Too late for the biller",
        "It was never charged and is older than the biller's back-dating window. It is never billed automatically.",
        "Charge it manually, or write it off.",
    ),
    ApplicationClass.MISCHARGED: ApplicationMeaning(
        ApplicationStatus.MISCHARGED,
        "Charged, but wrongly",
        "It has charges, but they are not one charge of the right client, amount and currency.",
        "Correct its charges as adjustments.csv proposes.",
    ),
}

CHARGES: Final[dict[ChargeClass, ChargeMeaning]] = {
    ChargeClass.MATCHED: ChargeMeaning("Correct", "The application's client was charged its price in its currency."),
    ChargeClass.REFUND: ChargeMeaning("Refund", "A negative amount: money went back to the client."),
    ChargeClass.DUPLICATE: ChargeMeaning(
        "Charged again", "The application's client had already been charged for it.", misapplied=True
    ),
    ChargeClass.WRONG_AMOUNT: ChargeMeaning(
        "Wrong amount", "The amount or the currency is not the application's.", misapplied=True
    ),
    ChargeClass.WRONG_CLIENT: ChargeMeaning(
        "Wrong client", "Another client than the application's was charged.", misapplied=True
    ),
    ChargeClass.WITHOUT_APPLICATION: ChargeMeaning(
        "No such application", "It was charged for an application that does not exist.", misapplied=True
    ),
}


def status_of(found: ApplicationClass) -> ApplicationStatus:
    """The status of an application of that class."""
    return APPLICATIONS[found].status
