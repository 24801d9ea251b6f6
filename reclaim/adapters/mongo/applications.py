"""The collections `applications` and `charges` in MongoDB, as far as a recovery reads them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from typing import Final

from pymongo.database import Database

from reclaim.adapters.mongo.connection import Document, translated
from reclaim.model.batched import batched
from reclaim.model.uncharged import Uncharged

_CHUNK: Final = 1000
"""Clients per query: their applications are in memory at once, nobody else's."""

_IS_MONEY: Final[Document] = {
    "applied_at": {"$type": "date"},
    "amount_minor": {"$type": ["int", "long"]},
    "currency": {"$type": "string", "$regex": "^[A-Z]{3}$"},
}

_READ: Final = {"client_id": 1, "applied_at": 1, "amount_minor": 1, "currency": 1}


class MongoApplications:
    """Reads applications and charges; see `reclaim.ports.Applications`.

    Both are asked by index and set against each other here: for 100,000 clients that took 3 s where `$lookup`, which
    goes to the charges once per application, took 8 s and one with a pipeline 21 s. The sums are then Python's, and
    exact.
    """

    def __init__(self, database: Database[Document]) -> None:
        self._applications = database["applications"]
        self._charges = database["charges"]

    def uncharged(self, client_ids: Collection[str]) -> Iterator[Uncharged]:
        """Two queries per thousand clients: their applications, and which of these have a charge."""
        for part in batched(sorted(set(client_ids)), _CHUNK):
            yield from self._uncharged(part)

    def _uncharged(self, client_ids: Sequence[str]) -> Iterator[Uncharged]:
        with translated():
            found = list(self._applications.find({"client_id": {"$in": client_ids}, **_IS_MONEY}, _READ))
            charged = self._charged([application["_id"] for application in found])
        return _added_up(application for application in found if application["_id"] not in charged)

    def _charged(self, application_ids: Sequence[object]) -> set[object]:
        """Those that have a charge, answered by the index alone."""
        query = {"application_id": {"$in": application_ids}}
        return {charge["application_id"] for charge in self._charges.find(query, {"_id": 0, "application_id": 1})}


def _added_up(applications: Iterable[Document]) -> Iterator[Uncharged]:
    sums: dict[tuple[str, str, date], list[int]] = {}
    for one in applications:
        total = sums.setdefault((one["client_id"], one["currency"], one["applied_at"].date()), [0, 0])
        total[0] += 1
        total[1] += one["amount_minor"]
    for client_id, currency, day in sorted(sums):
        count, amount_minor = sums[client_id, currency, day]
        yield Uncharged(client_id, currency, day, count, amount_minor)
