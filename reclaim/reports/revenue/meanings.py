"""What each class means, in words for somebody who bills clients, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from reclaim.reconciliation.model import ApplicationClass, ChargeClass


class Standing(StrEnum):
    """Where an application stands on its way to being paid for; a few classes share each."""

    SETTLED = "settled"
    BILLABLE_NOW = "billable_now"
    AT_RISK = "at_risk"
    BY_HAND = "by_hand"
    MISCHARGED = "mischarged"


STANDINGS: Final[dict[Standing, str]] = {
    Standing.SETTLED: "settled",
    Standing.BILLABLE_NOW: "billable now",
    Standing.AT_RISK: "at risk",
    Standing.BY_HAND: "by hand",
    Standing.MISCHARGED: "mischarged",
}


@dataclass(frozen=True, slots=True)
class ApplicationMeaning:
    """A class of applications explained.

    Attributes:
        title: a few words.
        sentence: what the matter is.
        next_step: what is to be done; empty where nothing is.
    """

    standing: Standing
    title: str
    sentence: str
    next_step: str = ""


@dataclass(frozen=True, slots=True)
class ChargeMeaning:
    """A class of charges explained.

    Attributes:
        title: a few words.
        sentence: what the matter is.
        astray: whether money went where it should not have gone.
    """

    title: str
    sentence: str
    astray: bool = False


APPLICATIONS: Final[dict[ApplicationClass, ApplicationMeaning]] = {
    ApplicationClass.MATCHED: ApplicationMeaning(
        Standing.SETTLED,
        "Charged as it should be",
        "It has exactly one charge: the right client, the right amount, the right currency.",
    ),
    ApplicationClass.REFUNDED: ApplicationMeaning(
        Standing.SETTLED,
        "Given back in full",
        "It was charged and given back; its charges come to zero.",
    ),
    ApplicationClass.UNBILLED_RECOVERED: ApplicationMeaning(
        Standing.BILLABLE_NOW,
        "Billable, client recovered",
        "It was never charged, because its client had lost its tracking ID. A recovery gave the ID back.",
        "Bill it: the regular biller can take it as it is.",
    ),
    ApplicationClass.UNBILLED: ApplicationMeaning(
        Standing.BILLABLE_NOW,
        "Billable, forgotten",
        "It was never charged, although its client is in order.",
        "Bill it: the regular biller can take it as it is.",
    ),
    ApplicationClass.AWAITING_QUARANTINE: ApplicationMeaning(
        Standing.AT_RISK,
        "Client waits in quarantine",
        "Its client is not in the record; a message that names the client is in quarantine and waits for a decision.",
        "Have the platform team decide on the quarantined message, then reconcile again.",
    ),
    ApplicationClass.UNATTRIBUTABLE: ApplicationMeaning(
        Standing.AT_RISK,
        "Client unknown",
        "Its client is not in the record, and no message in quarantine names it. Nobody can be billed for it.",
        "Ask the client service who the client is.",
    ),
    ApplicationClass.LATE: ApplicationMeaning(
        Standing.BY_HAND,
        "Too late for the biller",
        "It was never charged and is older than the biller's back-dating window. It is never billed automatically.",
        "Charge it by hand, or write it off.",
    ),
    ApplicationClass.MISCHARGED: ApplicationMeaning(
        Standing.MISCHARGED,
        "Charged, but wrongly",
        "It has charges, but they are not one charge of the right client, amount and currency.",
        "Correct its charges as adjustments.csv proposes.",
    ),
}

CHARGES: Final[dict[ChargeClass, ChargeMeaning]] = {
    ChargeClass.MATCHED: ChargeMeaning("Right", "The application's client was charged its price in its currency."),
    ChargeClass.REFUND: ChargeMeaning("Given back", "A negative amount: money went back to the client."),
    ChargeClass.DUPLICATE: ChargeMeaning(
        "Charged again", "The application's client had already been charged for it.", astray=True
    ),
    ChargeClass.WRONG_AMOUNT: ChargeMeaning(
        "Wrong amount", "The amount or the currency is not the application's.", astray=True
    ),
    ChargeClass.WRONG_CLIENT: ChargeMeaning(
        "Wrong client", "Somebody else than the application's client was charged.", astray=True
    ),
    ChargeClass.WITHOUT_APPLICATION: ChargeMeaning(
        "No such application", "It was charged for an application that does not exist.", astray=True
    ),
}


def standing_of(found: ApplicationClass) -> Standing:
    """Where an application of that class stands."""
    return APPLICATIONS[found].standing
