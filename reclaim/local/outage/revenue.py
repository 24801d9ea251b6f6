"""Applications and charges as MongoDB holds them, each with the class that an audit must find it in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reclaim.reconciliation.model import ApplicationClass, ChargeClass


@dataclass(frozen=True, slots=True)
class Application:
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
class Charge:
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
