"""Writes applications and charges: numbers them and keeps them, each with its true class."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Final

from reclaim.local.outage.client_created.revenue import StagedApplication, StagedCharge
from reclaim.local.outage.planned import StagedRecord, between
from reclaim.reconciliation.model import ApplicationClass, ChargeClass

_JOBS: Final = 10_000
_DEVIATING_SHARE: Final = 0.01


class RevenueWriter:
    """The applications and charges of one outage.

    Attributes:
        applications, charges: what was written so far.
    """

    def __init__(self, seed: int, rng: Random) -> None:
        self._seed = seed
        self._rng = rng
        self._numbered = 0
        self.applications: list[StagedApplication] = []
        self.charges: list[StagedCharge] = []

    def apply(
        self,
        client: StagedRecord,
        at: datetime,
        truth: ApplicationClass | None,
        *,
        attributed: bool = False,
    ) -> StagedApplication:
        """Write an application; one that is `attributed` carries its client's issued tracking ID."""
        application = self.unwritten_application(client, at)
        tracking_id = client.issued_id if attributed else None
        self.applications.append(replace(application, tracking_id=tracking_id, truth=truth))
        return self.applications[-1]

    def unwritten_application(self, client: StagedRecord, at: datetime) -> StagedApplication:
        """An application that is not written. Now and then its price is not the client's rate of today."""
        rng, billing = self._rng, client.fields["billing"]
        self._numbered += 1
        rebate = rng.randint(1, 90) if rng.random() < _DEVIATING_SHARE else 0
        return StagedApplication(
            application_id=f"app_{self._seed}_{self._numbered:07d}",
            client_id=client.key,
            tracking_id=None,
            job_id=f"job_{self._seed}_{rng.randrange(_JOBS):04d}",
            applied_at=at,
            amount_minor=max(0, billing["rate_minor"] - rebate),
            currency=billing["currency"],
            truth=None,
        )

    def charge(
        self,
        application: StagedApplication,
        truth: ChargeClass | None,
        *,
        after: StagedCharge | None = None,
        drift_minor: int = 0,
    ) -> StagedCharge:
        """Write a charge of the application's price plus `drift_minor`, later than `after`."""
        start = after.charged_at if after else application.applied_at
        charge = StagedCharge(
            charge_id=self._next_charge_id(),
            application_id=application.application_id,
            client_id=application.client_id,
            amount_minor=application.amount_minor + drift_minor,
            currency=application.currency,
            charged_at=start + between(self._rng, timedelta(hours=2), timedelta(hours=30)),
            truth=truth,
            drift_minor=drift_minor,
        )
        self.charges.append(charge)
        return charge

    def refund(self, charge: StagedCharge, amount_minor: int) -> None:
        """Write that so much of `charge` was refunded."""
        refund = replace(
            charge,
            charge_id=self._next_charge_id(),
            amount_minor=-amount_minor,
            charged_at=charge.charged_at + between(self._rng, timedelta(hours=10), timedelta(hours=60)),
            truth=ChargeClass.REFUND,
        )
        self.charges.append(refund)

    def _next_charge_id(self) -> str:
        return f"chg_{self._seed}_{len(self.charges) + 1:07d}"
