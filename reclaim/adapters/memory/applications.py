"""The collections of the revenue side in memory, as far as a recovery reads them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date
from itertools import groupby
from typing import Any

from reclaim.contracts.contract import Contract
from reclaim.model.uncharged import Uncharged


class MemoryApplications:
    """Documents in a list; see `reclaim.ports.Applications`."""

    def __init__(self, contract: Contract) -> None:
        self._revenue = contract.revenue
        self._applications: list[dict[str, Any]] = []
        self._charges: list[dict[str, Any]] = []

    def put(self, application: dict[str, Any]) -> None:
        """Have an application exist, as the collection holds it."""
        self._applications.append(application)

    def charge(self, charge: dict[str, Any]) -> None:
        """Have a charge exist, as the collection holds it."""
        self._charges.append(charge)

    def uncharged(self, record_keys: Collection[str]) -> Iterator[Uncharged]:
        """Sorted and grouped."""
        if not self._revenue:
            return
        names, unit, wanted = self._revenue.applications, self._revenue.unit, frozenset(record_keys)
        charged = {one.get(self._revenue.charges.reference) for one in self._charges}
        rows: list[tuple[tuple[str, str, date], int]] = []
        for one in self._applications:
            if one.get(names.record_key) in wanted and one["_id"] not in charged:
                try:
                    amount = unit.read(one.get(names.amount), one.get(names.currency))
                except ValueError:
                    continue
                rows.append(((one[names.record_key], one[names.currency], one[names.at].date()), amount))
        for key, amounts in groupby(sorted(rows), key=lambda row: row[0]):
            minor = [amount for _, amount in amounts]
            yield Uncharged(key[0], key[1], key[2], applications=len(minor), amount_minor=sum(minor))
