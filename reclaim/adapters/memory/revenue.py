"""The collections of the revenue side in memory, as an audit reads and corrects them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from datetime import datetime
from typing import Any

from reclaim.contracts.contract import Contract, RevenueCollection
from reclaim.contracts.documents import document_of
from reclaim.ports import RecordStore, Resolutions
from reclaim.reconciliation.model import AuditWindow, Backfill, Line

Documents = dict[str, dict[str, Any]]


class MemoryRevenue:
    """Documents in dictionaries, by ID; see `reclaim.reconciliation.ports.RevenueStore`.

    Attributes:
        applications, charges: the documents, as MongoDB would hold them.
    """

    def __init__(self, contract: Contract, records: RecordStore, resolutions: Resolutions) -> None:
        self._contract = contract
        self._records = records
        self._resolutions = resolutions
        self.applications: Documents = {}
        self.charges: Documents = {}

    @contextmanager
    def reading(self) -> Iterator[MemoryRevenueReader]:
        """A copy, which nothing changes while it is read."""
        key = self._contract.require_revenue().applications.record_key
        named = {one[key] for one in self.applications.values() if one.get(key)}
        records = self._records.find(named)
        yield MemoryRevenueReader(
            self._contract,
            deepcopy(self.applications),
            deepcopy(self.charges),
            {one: record.document or document_of(record, self._contract) for one, record in records.items()},
            {entry.record_key for entry in self._resolutions.open_quarantine(self._contract.name) if entry.record_key},
        )

    def attribute(self, window: AuditWindow, run_id: str, at: datetime) -> Backfill:
        """One after the other."""
        names = self._contract.require_revenue().applications
        ours = [one for one in self.applications.values() if window.holds(one[names.at])]
        lacking = [one for one in ours if one.get(names.record_key) and not one.get(names.reference)]
        records = self._records.find({one[names.record_key] for one in lacking})
        for application in lacking:
            record = records.get(application[names.record_key])
            if record and record.recovery and record.identity:
                before = {"before": application[names.reference]} if names.reference in application else {}
                application["attribution"] = {"run_id": run_id, "at": at, **before}
                application[names.reference] = record.identity
        mine = [one[names.record_key] for one in ours if one.get("attribution", {}).get("run_id") == run_id]
        return Backfill(applications=len(mine), clients=len(set(mine)))


class MemoryRevenueReader:
    """See `reclaim.reconciliation.ports.RevenueReader`.

    Args:
        clients: the records that exist, by key.
        awaiting: the record keys that open quarantined messages name.
    """

    consistent = True

    def __init__(
        self,
        contract: Contract,
        applications: Documents,
        charges: Documents,
        clients: Documents,
        awaiting: Collection[str],
    ) -> None:
        self._revenue = contract.require_revenue()
        self._of = self._revenue.charges.reference
        self._applications = applications
        self._charges = charges
        self._clients = clients
        self._awaiting = awaiting

    def applications(self, window: AuditWindow) -> Iterator[dict[str, Any]]:
        """By their time."""
        return (one for one in self._applications.values() if window.holds(one[self._revenue.applications.at]))

    def charges_made(self, window: AuditWindow) -> Iterator[dict[str, Any]]:
        """By their time."""
        return (one for one in self._charges.values() if self._is_made_in(window, one))

    def charges_made_outside(self, window: AuditWindow, application_ids: Collection[str]) -> Iterator[dict[str, Any]]:
        """By their time and their application."""
        ours = frozenset(application_ids)
        outside = (one for one in self._charges.values() if not self._is_made_in(window, one))
        return (one for one in outside if one.get(self._of) in ours)

    def existing_applications(self, application_ids: Collection[str]) -> set[str]:
        """By ID."""
        return self._applications.keys() & set(application_ids)

    def clients(self, client_ids: Collection[str]) -> Iterator[dict[str, Any]]:
        """By ID."""
        return (self._clients[one] for one in set(client_ids) if one in self._clients)

    def awaiting(self, client_ids: Collection[str]) -> set[str]:
        """By client ID."""
        return set(client_ids) & set(self._awaiting)

    def application_totals(self, window: AuditWindow) -> dict[str, Line]:
        """One by one."""
        return self._totals(self.applications(window), self._revenue.applications)

    def charge_totals(self, window: AuditWindow) -> dict[str, Line]:
        """One by one."""
        ours = {one["_id"] for one in self.applications(window)}
        counted = (
            charge
            for charge in self._charges.values()
            if charge.get(self._of) in ours
            or (self._is_made_in(window, charge) and charge.get(self._of) not in self._applications)
        )
        return self._totals(counted, self._revenue.charges)

    def _is_made_in(self, window: AuditWindow, charge: dict[str, Any]) -> bool:
        return window.holds(charge[self._revenue.charges.at])

    def _totals(self, documents: Iterable[dict[str, Any]], names: RevenueCollection) -> dict[str, Line]:
        totals: dict[str, Line] = {}
        for one in documents:
            currency = one[names.currency]
            line = Line(count=1, amount_minor=self._revenue.unit.read(one[names.amount], currency))
            totals[currency] = totals.get(currency, Line()) + line
        return totals
