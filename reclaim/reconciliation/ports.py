"""What an audit needs from the outside, as protocols; adapters in `reclaim.adapters`, a real one and one in memory."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Protocol

from reclaim.reconciliation.model import Backfill, Line
from reclaim.reconciliation.window import Window

Document = Mapping[str, Any]


class RevenueReader(Protocol):
    """One look at applications, charges and clients; from one thread. Whatever is asked of it is of the same moment.

    Documents have at least the fields that `reclaim.reconciliation.tables` reads, in no order.
    """

    @property
    def consistent(self) -> bool:
        """Whether it is one moment; not so where the server offers no snapshot reads. Known after the first read."""
        ...

    def applications(self, window: Window) -> Iterator[Document]:
        """The applications of the window."""
        ...

    def charges_made(self, window: Window) -> Iterator[Document]:
        """The charges that were made in the window, whatever for."""
        ...

    def charges_made_outside(self, window: Window, application_ids: Collection[str]) -> Iterator[Document]:
        """The charges for these applications that were not made in the window."""
        ...

    def existing_applications(self, application_ids: Collection[str]) -> Iterable[str]:
        """Those of these applications that exist, in the window or out of it."""
        ...

    def clients(self, client_ids: Collection[str]) -> Iterator[Document]:
        """Those of these clients that exist."""
        ...

    def awaiting(self, client_ids: Collection[str]) -> Iterable[str]:
        """Those of these clients that a quarantined message names with which nobody has dealt yet."""
        ...

    def application_totals(self, window: Window) -> dict[str, Line]:
        """By currency, the applications of the window, counted and added up by the store itself, exactly."""
        ...

    def charge_totals(self, window: Window) -> dict[str, Line]:
        """By currency, the window's applications' charges and the window's charges that have no application; likewise.

        The store finds out by itself which they are; nothing that was read before goes into it.
        """
        ...


class RevenueStore(Protocol):
    """The collections `applications` and `charges`, seen together with `clients` and `dead_letters`."""

    def reading(self) -> AbstractContextManager[RevenueReader]:
        """Look at all of it."""
        ...

    def attribute(self, window: Window, run_id: str, at: datetime) -> Backfill:
        """Give the window's applications of recovered clients their client's tracking ID, where they have none.

        Each says afterwards which run did that, and what was there before. A second call of the same run changes
        nothing and answers the same.
        """
        ...
