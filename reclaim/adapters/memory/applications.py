"""The in-memory twin of the collections `applications` and `charges`."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import groupby
from typing import Any

from reclaim.model.uncharged import Uncharged


class MemoryApplications:
    """Documents in lists; see `reclaim.ports.Applications`."""

    def __init__(self) -> None:
        self._applications: list[dict[str, Any]] = []
        self._charged: set[str] = set()

    def put(self, application: dict[str, Any]) -> None:
        """Let an application exist, as the collection holds it."""
        self._applications.append(application)

    def charge(self, charge: dict[str, Any]) -> None:
        """Let a charge exist, as the collection holds it."""
        self._charged.add(charge["application_id"])

    def uncharged(self, client_ids: Collection[str]) -> Iterator[Uncharged]:
        """Sorted and grouped."""
        wanted = frozenset(client_ids)
        mine = [
            (one["client_id"], one["currency"], one["applied_at"].date(), one["amount_minor"])
            for one in self._applications
            if one["client_id"] in wanted and one["_id"] not in self._charged
        ]
        for (client_id, currency, day), rows in groupby(sorted(mine), key=lambda row: row[:3]):
            amounts = [row[3] for row in rows]
            yield Uncharged(client_id, currency, day, len(amounts), sum(amounts))
