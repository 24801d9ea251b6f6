"""Applications in MongoDB that a backfill gave an identity."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from typing import Final

from pymongo import UpdateOne
from pymongo.cursor import Cursor
from pymongo.database import Database

from reclaim.adapters.mongo.connection import Document, bulk_write, translated
from reclaim.contracts.contract import Contract, Revenue
from reclaim.model.batched import batched
from reclaim.undo.model import AttributedApplication

_CHUNK: Final = 1000


class MongoAttributions:
    """See `reclaim.undo.ports.Attributions`. Without a revenue side there are none."""

    def __init__(self, database: Database[Document], contract: Contract) -> None:
        self._database = database
        self._contract = contract

    def given_by(self, run_id: str) -> Iterator[AttributedApplication]:
        """A cursor, by index on `attribution.run_id`; records and charges a thousand at a time."""
        if revenue := self._contract.revenue:
            with translated():
                found = self._found({"attribution.run_id": run_id}, revenue).sort("_id")
                for chunk in batched(found, _CHUNK):
                    yield from self._attributed(chunk, revenue)

    def find(self, run_id: str, application_ids: Collection[str]) -> list[AttributedApplication]:
        """By `_id`."""
        if not (revenue := self._contract.revenue):
            return []
        wanted = {"_id": {"$in": list(application_ids)}, "attribution.run_id": run_id}
        with translated():
            return list(self._attributed(list(self._found(wanted, revenue)), revenue))

    def take_back(self, run_id: str, applications: Sequence[AttributedApplication]) -> None:
        """One unordered bulk. What was there before is in the note itself, which goes with it."""
        if revenue := self._contract.revenue:
            names = revenue.applications
            bulk_write(self._database[names.name], [_detached(run_id, one, names.reference) for one in applications])

    def _found(self, query: Document, revenue: Revenue) -> Cursor[Document]:
        names = revenue.applications
        return self._database[names.name].find(query, {names.record_key: 1, names.reference: 1, "attribution": 1})

    def _attributed(self, found: Sequence[Document], revenue: Revenue) -> Iterator[AttributedApplication]:
        names = revenue.applications
        owned = self._identities({one[names.record_key] for one in found if one.get(names.record_key)})
        charges = self._charged_since({one["_id"]: one["attribution"]["at"] for one in found}, revenue)
        for one in found:
            record_key = one.get(names.record_key)
            yield AttributedApplication(
                one["_id"], record_key, one.get(names.reference), owned.get(record_key or ""), charges[one["_id"]]
            )

    def _identities(self, record_keys: Collection[str]) -> dict[str, str | None]:
        field = self._contract.identity_field
        found = self._database[self._contract.collection].find({"_id": {"$in": list(record_keys)}}, {field: 1})
        return {one["_id"]: one.get(field) for one in found}

    def _charged_since(self, since: Document, revenue: Revenue) -> Counter[str]:
        of, at = revenue.charges.reference, revenue.charges.at
        charges = self._database[revenue.charges.name].find({of: {"$in": list(since)}}, {of: 1, at: 1})
        return Counter(one[of] for one in charges if one[at] >= since[one[of]])


def _detached(run_id: str, one: AttributedApplication, field: str) -> UpdateOne:
    still_so = {"_id": one.application_id, "attribution.run_id": run_id, field: one.identity}
    # A note without `before` says that there was no such field, and then there is none again.
    return UpdateOne(still_so, [{"$set": {field: "$attribution.before"}}, {"$unset": "attribution"}])
