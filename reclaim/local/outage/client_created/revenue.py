"""Applications and charges as MongoDB holds them, each with the class that an audit must find it in."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from reclaim.reconciliation.model import ApplicationClass, ChargeClass

APPLICATIONS_PER_RECORD: Final = 2
APPLICATIONS_OPTION: Final = "--applications-per-client"

BACKDATING_DAYS: Final = 35
"""How far back the biller may still bill by itself; what is older is late."""


@dataclass(frozen=True, slots=True)
class StagedApplication:
    """One successful job application.

    Attributes:
        amount_minor: what it costs the client, in minor units of `currency`.
        truth: its class; None where it is outside the audit's window.
    """

    application_id: str
    client_id: str
    tracking_id: str | None
    job_id: str
    applied_at: datetime
    amount_minor: int
    currency: str
    truth: ApplicationClass | None

    def document(self) -> dict[str, Any]:
        """What goes into `applications`."""
        return {
            "_id": self.application_id,
            "client_id": self.client_id,
            "tracking_id": self.tracking_id,
            "job_id": self.job_id,
            "applied_at": self.applied_at,
            "amount_minor": self.amount_minor,
            "currency": self.currency,
        }


@dataclass(frozen=True, slots=True)
class StagedCharge:
    """One charge (positive) or refund (negative).

    Attributes:
        truth: its class; None where it is outside the audit's window.
        drift_minor: how much it exceeds its application's price; 0 where that says nothing.
    """

    charge_id: str
    application_id: str
    client_id: str
    amount_minor: int
    currency: str
    charged_at: datetime
    truth: ChargeClass | None
    drift_minor: int = 0

    def document(self) -> dict[str, Any]:
        """What goes into `charges`."""
        return {
            "_id": self.charge_id,
            "application_id": self.application_id,
            "client_id": self.client_id,
            "amount_minor": self.amount_minor,
            "currency": self.currency,
            "charged_at": self.charged_at,
        }


def revenue_truth(applications: Iterable[StagedApplication], charges: Sequence[StagedCharge]) -> dict[str, Any]:
    """What an audit must find, as `reclaim reconcile --json` shows it."""
    return {
        "backdating_days": BACKDATING_DAYS,
        "applications": _classes(applications),
        "charges": _classes(charges),
        "drift": _drift(charges),
    }


def _classes(entries: Iterable[StagedApplication | StagedCharge]) -> dict[str, dict[str, dict[str, int]]]:
    """``{currency: {class: {"count": n, "amount_minor": sum}}}``."""
    sums: defaultdict[str, defaultdict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for entry in entries:
        if entry.truth is not None:
            sums[entry.currency][entry.truth.value].update(count=1, amount_minor=entry.amount_minor)
    return {
        currency: {name: dict(sums[currency][name]) for name in sorted(sums[currency])} for currency in sorted(sums)
    }


def _drift(charges: Iterable[StagedCharge]) -> dict[str, dict[str, int]]:
    """Per currency, how much too much and how much too little was charged; both are positive sums."""
    sums: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for charge in charges:
        if charge.truth is not None and charge.drift_minor:
            name = "over_minor" if charge.drift_minor > 0 else "under_minor"
            sums[charge.currency][name] += abs(charge.drift_minor)
    return {
        currency: {"over_minor": sums[currency]["over_minor"], "under_minor": sums[currency]["under_minor"]}
        for currency in sorted(sums)
    }
