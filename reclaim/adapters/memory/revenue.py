"""The in-memory twin of the collections `applications` and `charges`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from datetime import datetime
from typing import Any

from reclaim.model.record import Record
from reclaim.ports import RecordStore, Resolutions
from reclaim.reconciliation.model import Backfill, Line
from reclaim.reconciliation.window import Window

Documents = dict[str, dict[str, Any]]


class MemoryRevenue:
    """Documents in dictionaries, by ID; see `reclaim.reconciliation.ports.RevenueStore`.

    Attributes:
        applications, charges: the documents, as MongoDB would hold them.
    """

    def __init__(self, clients: RecordStore, resolutions: Resolutions) -> None:
        self._clients = clients
        self._resolutions = resolutions
        self.applications: Documents = {}
        self.charges: Documents = {}

    @contextmanager
    def reading(self) -> Iterator[MemoryRevenueReader]:
        """A copy, which nothing changes while it is looked at."""
        named = {one["client_id"] for one in self.applications.values() if one.get("client_id")}
        yield MemoryRevenueReader(
            deepcopy(self.applications),
            deepcopy(self.charges),
            {client_id: _document(client) for client_id, client in self._clients.find(named).items()},
            {entry.client_id for entry in self._resolutions.open_quarantine() if entry.client_id},
        )

    def attribute(self, window: Window, run_id: str, at: datetime) -> Backfill:
        """One after the other."""
        ours = [one for one in self.applications.values() if window.holds(one["applied_at"])]
        lacking = [one for one in ours if one.get("client_id") and not one.get("tracking_id")]
        clients = self._clients.find({one["client_id"] for one in lacking})
        for application in lacking:
            client = clients.get(application["client_id"])
            if client and client.recovery and client.tracking_id:
                before = {"before": application["tracking_id"]} if "tracking_id" in application else {}
                application["attribution"] = {"run_id": run_id, "at": at, **before}
                application["tracking_id"] = client.tracking_id
        mine = [one["client_id"] for one in ours if one.get("attribution", {}).get("run_id") == run_id]
        return Backfill(applications=len(mine), clients=len(set(mine)))


class MemoryRevenueReader:
    """See `reclaim.reconciliation.ports.RevenueReader`."""

    consistent = True

    def __init__(
        self, applications: Documents, charges: Documents, clients: Documents, awaiting: Collection[str]
    ) -> None:
        self._applications = applications
        self._charges = charges
        self._clients = clients
        self._awaiting = awaiting

    def applications(self, window: Window) -> Iterator[dict[str, Any]]:
        """By `applied_at`."""
        return (one for one in self._applications.values() if window.holds(one["applied_at"]))

    def charges_made(self, window: Window) -> Iterator[dict[str, Any]]:
        """By `charged_at`."""
        return (one for one in self._charges.values() if window.holds(one["charged_at"]))

    def charges_made_outside(self, window: Window, application_ids: Collection[str]) -> Iterator[dict[str, Any]]:
        """By both."""
        ours = frozenset(application_ids)
        outside = (one for one in self._charges.values() if not window.holds(one["charged_at"]))
        return (one for one in outside if one.get("application_id") in ours)

    def existing_applications(self, application_ids: Collection[str]) -> set[str]:
        """By ID."""
        return self._applications.keys() & set(application_ids)

    def clients(self, client_ids: Collection[str]) -> Iterator[dict[str, Any]]:
        """By ID."""
        return (self._clients[one] for one in set(client_ids) if one in self._clients)

    def awaiting(self, client_ids: Collection[str]) -> set[str]:
        """By client ID."""
        return set(client_ids) & set(self._awaiting)

    def application_totals(self, window: Window) -> dict[str, Line]:
        """One by one."""
        return _totals(self.applications(window))

    def charge_totals(self, window: Window) -> dict[str, Line]:
        """One by one."""
        ours = {one["_id"] for one in self.applications(window)}
        return _totals(
            charge
            for charge in self._charges.values()
            if charge.get("application_id") in ours
            or (window.holds(charge["charged_at"]) and charge.get("application_id") not in self._applications)
        )


def _totals(documents: Iterable[dict[str, Any]]) -> dict[str, Line]:
    totals: dict[str, Line] = {}
    for one in documents:
        line = Line(count=1, amount_minor=one["amount_minor"])
        totals[one["currency"]] = totals.get(one["currency"], Line()) + line
    return totals


def _document(client: Record) -> dict[str, Any]:
    """The client as MongoDB holds it, as far as an audit looks."""
    return {
        "_id": client.client_id,
        "name": client.name,
        "billing": client.billing.as_dict() if client.billing else None,
        "created_at": client.created_at,
        "tracking_id": client.tracking_id,
        "recovery": {"run_id": client.recovery.run_id} if client.recovery else None,
    }
