"""What clients of old were charged before the outage: mostly right, and wrong in every way an audit must find."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from random import Random
from types import MappingProxyType
from typing import Final

from reclaim.local.outage.apportionment import apportion
from reclaim.local.outage.books import Books
from reclaim.local.outage.profiles import Profile
from reclaim.local.outage.revenue import Application, Charge
from reclaim.local.outage.window import BACKDATING_DAYS, Window
from reclaim.reconciliation.model import ApplicationClass, ChargeClass


class Pattern(StrEnum):
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


_SHARES: Final[Mapping[Pattern, int]] = MappingProxyType(
    {
        Pattern.PAID: 780,
        Pattern.REFUNDED: 30,
        Pattern.PARTLY_REFUNDED: 10,
        Pattern.CHARGED_TWICE: 30,
        Pattern.OVERCHARGED: 15,
        Pattern.UNDERCHARGED: 15,
        Pattern.WRONG_CURRENCY: 5,
        Pattern.WRONG_CLIENT: 10,
        Pattern.ALSO_WRONG_CLIENT: 5,
        Pattern.NOT_CHARGED: 40,
        Pattern.LATE: 30,
        Pattern.BEFORE_WINDOW: 20,
        Pattern.ORPHAN: 10,
    }
)
"""Per thousand applications."""


class History:
    """Enters the applications and charges of `veterans`: clients that were charged all along."""

    def __init__(self, books: Books, rng: Random, window: Window, veterans: Sequence[Profile]) -> None:
        self._books = books
        self._rng = rng
        self._window = window
        self._veterans = veterans

    def write(self, applications: int) -> None:
        """Enter so many applications with their charges; an orphan charge stands for one application."""
        turn = 0
        for pattern, count in apportion(applications, _SHARES).items():
            for _ in range(count):
                _WRITERS[pattern](self, self._veterans[turn % len(self._veterans)])
                turn += 1

    def paid(self, client: Profile) -> None:
        """Charged once, rightly."""
        self._books.charge(self._applied(client, ApplicationClass.MATCHED), ChargeClass.MATCHED)

    def refunded(self, client: Profile) -> None:
        """Charged and given back in full."""
        first = self._books.charge(self._applied(client, ApplicationClass.REFUNDED), ChargeClass.MATCHED)
        self._books.refund(first, first.amount_minor)

    def partly_refunded(self, client: Profile) -> None:
        """Charged and given back in part: what remains is not the price."""
        first = self._books.charge(self._applied(client, ApplicationClass.MISCHARGED), ChargeClass.MATCHED)
        self._books.refund(first, first.amount_minor // 2)

    def charged_twice(self, client: Profile) -> None:
        """Charged rightly, and the same again."""
        application = self._applied(client, ApplicationClass.MISCHARGED)
        first = self._books.charge(application, ChargeClass.MATCHED)
        self._books.charge(application, ChargeClass.DUPLICATE, after=first)

    def overcharged(self, client: Profile) -> None:
        """Charged more than the price."""
        self._drifted(client, 1)

    def undercharged(self, client: Profile) -> None:
        """Charged less than the price."""
        self._drifted(client, -1)

    def wrong_currency(self, client: Profile) -> None:
        """Charged the right number of another currency: no drift can be told."""
        application = self._applied(client, ApplicationClass.MISCHARGED)
        other = "EUR" if client.currency == "USD" else "USD"
        self._books.charge(replace(application, currency=other), ChargeClass.WRONG_AMOUNT)

    def wrong_client(self, client: Profile) -> None:
        """Charged to somebody else."""
        self._charge_another(self._applied(client, ApplicationClass.MISCHARGED), client)

    def also_wrong_client(self, client: Profile) -> None:
        """Charged to somebody else first, and then rightly."""
        application = self._applied(client, ApplicationClass.MISCHARGED)
        wrong = self._charge_another(application, client)
        self._books.charge(application, ChargeClass.MATCHED, after=wrong)

    def not_charged(self, client: Profile) -> None:
        """Forgotten, but the biller can still make up for it."""
        at = self._window.days_before(self._rng, 2, 28)
        self._books.apply(client, at, ApplicationClass.UNBILLED, attributed=True)

    def late(self, client: Profile) -> None:
        """Forgotten for too long."""
        at = self._window.days_before(self._rng, BACKDATING_DAYS + 5, 58)
        self._books.apply(client, at, ApplicationClass.LATE, attributed=True)

    def before_window(self, client: Profile) -> None:
        """Nothing to this audit, not even where the charge was made in its window."""
        at = self._window.days_before(self._rng, 60.1, 62)
        self._books.charge(self._books.apply(client, at, None, attributed=True), None)

    def orphan(self, client: Profile) -> None:
        """A charge for an application that there is not."""
        application = self._books.forgotten_application(client, self._window.days_before(self._rng, 8, 58))
        self._books.charge(application, ChargeClass.WITHOUT_APPLICATION)

    def _applied(self, client: Profile, truth: ApplicationClass) -> Application:
        at = self._window.days_before(self._rng, 8, 58)
        return self._books.apply(client, at, truth, attributed=True)

    def _drifted(self, client: Profile, sign: int) -> None:
        application = self._applied(client, ApplicationClass.MISCHARGED)
        drift_minor = sign * self._rng.randint(1, application.amount_minor // 4)
        self._books.charge(application, ChargeClass.WRONG_AMOUNT, drift_minor=drift_minor)

    def _charge_another(self, application: Application, client: Profile) -> Charge:
        other = self._rng.choice(self._veterans)
        if other == client:
            other = self._veterans[self._veterans.index(client) - 1]
        return self._books.charge(replace(application, client_id=other.client_id), ChargeClass.WRONG_CLIENT)


_WRITERS: Final[Mapping[Pattern, Callable[[History, Profile], None]]] = MappingProxyType(
    {pattern: getattr(History, pattern.value) for pattern in Pattern}
)
