"""The revenue side of an outage: what was charged before it, and what was applied for during it.

Before the outage clients were charged mostly right, and wrong in every way that an audit must find. Nothing that was
applied for during the outage could be attributed, so nothing of it was charged.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from random import Random
from types import MappingProxyType
from typing import Final

from reclaim.local.outage.client_created.revenue import BACKDATING_DAYS, StagedApplication, StagedCharge
from reclaim.local.outage.client_created.revenue_writer import RevenueWriter
from reclaim.local.outage.events import EVENTS_LAST
from reclaim.local.outage.mix import apportion
from reclaim.local.outage.planned import FinalStatus, OutageWindow, StagedRecord, between
from reclaim.reconciliation.model import ApplicationClass, ChargeClass


class ChargePattern(StrEnum):
    """How one application before the outage was charged."""

    PAID = "paid"
    REFUNDED = "refunded"
    PARTLY_REFUNDED = "partly_refunded"
    CHARGED_TWICE = "charged_twice"
    OVERCHARGED = "overcharged"
    UNDERCHARGED = "undercharged"
    WRONG_CURRENCY = "wrong_currency"
    WRONG_CLIENT = "wrong_client"
    ALSO_WRONG_CLIENT = "also_wrong_client"
    NOT_CHARGED = "not_charged"
    LATE = "late"
    BEFORE_WINDOW = "before_window"
    ORPHAN = "orphan"


_SHARES: Final[Mapping[ChargePattern, int]] = MappingProxyType(
    {
        ChargePattern.PAID: 780,
        ChargePattern.REFUNDED: 30,
        ChargePattern.PARTLY_REFUNDED: 10,
        ChargePattern.CHARGED_TWICE: 30,
        ChargePattern.OVERCHARGED: 15,
        ChargePattern.UNDERCHARGED: 15,
        ChargePattern.WRONG_CURRENCY: 5,
        ChargePattern.WRONG_CLIENT: 10,
        ChargePattern.ALSO_WRONG_CLIENT: 5,
        ChargePattern.NOT_CHARGED: 40,
        ChargePattern.LATE: 30,
        ChargePattern.BEFORE_WINDOW: 20,
        ChargePattern.ORPHAN: 10,
    }
)
"""Per thousand applications."""


class ChargeHistory:
    """Writes the applications and charges of `veterans`: clients that were charged all along."""

    def __init__(
        self, writer: RevenueWriter, rng: Random, window: OutageWindow, veterans: Sequence[StagedRecord]
    ) -> None:
        self._writer = writer
        self._rng = rng
        self._window = window
        self._veterans = veterans

    def write(self, applications: int) -> None:
        """Write so many applications with their charges; an orphan charge counts as one application."""
        turn = 0
        for pattern, count in apportion(applications, _SHARES).items():
            for _ in range(count):
                _WRITERS[pattern](self, self._veterans[turn % len(self._veterans)])
                turn += 1

    def paid(self, client: StagedRecord) -> None:
        """Charged once, rightly."""
        self._writer.charge(self._applied(client, ApplicationClass.MATCHED), ChargeClass.MATCHED)

    def refunded(self, client: StagedRecord) -> None:
        """Charged and refunded in full."""
        first = self._writer.charge(self._applied(client, ApplicationClass.REFUNDED), ChargeClass.MATCHED)
        self._writer.refund(first, first.amount_minor)

    def partly_refunded(self, client: StagedRecord) -> None:
        """Charged and refunded in part: what remains is not the price."""
        first = self._writer.charge(self._applied(client, ApplicationClass.MISCHARGED), ChargeClass.MATCHED)
        self._writer.refund(first, first.amount_minor // 2)

    def charged_twice(self, client: StagedRecord) -> None:
        """Charged rightly, and the same again."""
        application = self._applied(client, ApplicationClass.MISCHARGED)
        first = self._writer.charge(application, ChargeClass.MATCHED)
        self._writer.charge(application, ChargeClass.DUPLICATE, after=first)

    def overcharged(self, client: StagedRecord) -> None:
        """Charged more than the price."""
        self._drifted(client, 1)

    def undercharged(self, client: StagedRecord) -> None:
        """Charged less than the price."""
        self._drifted(client, -1)

    def wrong_currency(self, client: StagedRecord) -> None:
        """Charged the right number in another currency, so that there is no drift."""
        application = self._applied(client, ApplicationClass.MISCHARGED)
        other = "EUR" if client.fields["billing"]["currency"] == "USD" else "USD"
        self._writer.charge(replace(application, currency=other), ChargeClass.WRONG_AMOUNT)

    def wrong_client(self, client: StagedRecord) -> None:
        """Charged to another client."""
        self._charge_another(self._applied(client, ApplicationClass.MISCHARGED), client)

    def also_wrong_client(self, client: StagedRecord) -> None:
        """Charged to another client first, and then rightly."""
        application = self._applied(client, ApplicationClass.MISCHARGED)
        wrong = self._charge_another(application, client)
        self._writer.charge(application, ChargeClass.MATCHED, after=wrong)

    def not_charged(self, client: StagedRecord) -> None:
        """Not charged, but the biller can still do so."""
        at = self._window.days_before(self._rng, 2, 28)
        self._writer.apply(client, at, ApplicationClass.UNBILLED, attributed=True)

    def late(self, client: StagedRecord) -> None:
        """Not charged, and too old for the biller."""
        at = self._window.days_before(self._rng, BACKDATING_DAYS + 5, 58)
        self._writer.apply(client, at, ApplicationClass.LATE, attributed=True)

    def before_window(self, client: StagedRecord) -> None:
        """Nothing to this audit, not even where the charge was made in its window."""
        at = self._window.days_before(self._rng, 60.1, 62)
        self._writer.charge(self._writer.apply(client, at, None, attributed=True), None)

    def orphan(self, client: StagedRecord) -> None:
        """A charge for an application that there is not."""
        application = self._writer.unwritten_application(client, self._window.days_before(self._rng, 8, 58))
        self._writer.charge(application, ChargeClass.WITHOUT_APPLICATION)

    def _applied(self, client: StagedRecord, truth: ApplicationClass) -> StagedApplication:
        at = self._window.days_before(self._rng, 8, 58)
        return self._writer.apply(client, at, truth, attributed=True)

    def _drifted(self, client: StagedRecord, sign: int) -> None:
        application = self._applied(client, ApplicationClass.MISCHARGED)
        drift_minor = sign * self._rng.randint(1, application.amount_minor // 4)
        self._writer.charge(application, ChargeClass.WRONG_AMOUNT, drift_minor=drift_minor)

    def _charge_another(self, application: StagedApplication, client: StagedRecord) -> StagedCharge:
        other = self._rng.choice(self._veterans)
        if other == client:
            other = self._veterans[self._veterans.index(client) - 1]
        return self._writer.charge(replace(application, client_id=other.key), ChargeClass.WRONG_CLIENT)


_WRITERS: Final[Mapping[ChargePattern, Callable[[ChargeHistory, StagedRecord], None]]] = MappingProxyType(
    {pattern: getattr(ChargeHistory, pattern.value) for pattern in ChargePattern}
)

_CLASSES: Final[Mapping[FinalStatus, ApplicationClass]] = MappingProxyType(
    {
        FinalStatus.RECOVERED: ApplicationClass.UNBILLED_RECOVERED,
        FinalStatus.KNOWN: ApplicationClass.UNBILLED,
        FinalStatus.AWAITING: ApplicationClass.AWAITING_QUARANTINE,
        FinalStatus.UNKNOWN: ApplicationClass.UNATTRIBUTABLE,
    }
)


def plan_revenue(
    seed: int,
    window: OutageWindow,
    veterans: Sequence[StagedRecord],
    statuses: Mapping[StagedRecord, FinalStatus],
    per_client: int,
) -> tuple[tuple[StagedApplication, ...], tuple[StagedCharge, ...]]:
    """The applications and charges of `veterans` before the outage and of the clients of `statuses` during it."""
    rng = Random(f"{seed} revenue")  # noqa: S311  (a plan is repeatable, not secret)
    writer = RevenueWriter(seed, rng)
    ChargeHistory(writer, rng, window, veterans).write(per_client * len(veterans))
    write_outage(writer, rng, window, statuses, per_client)
    return tuple(writer.applications), tuple(writer.charges)


def write_outage(
    writer: RevenueWriter,
    rng: Random,
    window: OutageWindow,
    statuses: Mapping[StagedRecord, FinalStatus],
    per_client: int,
) -> None:
    """Write `per_client` applications for each client on average, at least one; none where it is 0."""
    if per_client == 0:
        return
    for client, status in statuses.items():
        for _ in range(rng.randint(1, 2 * per_client - 1)):
            at = window.started_at + between(rng, EVENTS_LAST, window.as_of - window.started_at)
            writer.apply(client, at, _CLASSES[status])
