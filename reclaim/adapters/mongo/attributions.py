"""Applications in MongoDB that a backfill gave a tracking ID."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from typing import Final

from pymongo import UpdateOne
from pymongo.database import Database

from reclaim.adapters.mongo.connection import Document, bulk_write, translated
from reclaim.model.batched import batched
from reclaim.undo.values import Attributed

_CHUNK: Final = 1000
_READ: Final = {"client_id": 1, "tracking_id": 1, "attribution": 1}


class MongoAttributions:
    """See `reclaim.undo.ports.Attributions`."""

    def __init__(self, database: Database[Document]) -> None:
        self._applications = database["applications"]
        self._clients = database["clients"]
        self._charges = database["charges"]

    def given_by(self, run_id: str) -> Iterator[Attributed]:
        """A cursor, by index on `attribution.run_id`; clients and charges a thousand at a time."""
        with translated():
            found = self._applications.find({"attribution.run_id": run_id}, _READ).sort("_id")
            for chunk in batched(found, _CHUNK):
                yield from self._attributed(chunk)

    def find(self, run_id: str, application_ids: Collection[str]) -> list[Attributed]:
        """By `_id`."""
        wanted = {"_id": {"$in": list(application_ids)}, "attribution.run_id": run_id}
        with translated():
            return list(self._attributed(list(self._applications.find(wanted, _READ))))

    def take_back(self, run_id: str, applications: Sequence[Attributed]) -> None:
        """One unordered bulk. What was there before is in the note itself, which goes with it."""
        bulk_write(self._applications, [_detached(run_id, one) for one in applications])

    def _attributed(self, found: Sequence[Document]) -> Iterator[Attributed]:
        named = list({one["client_id"] for one in found if one.get("client_id")})
        owned = {
            c["_id"]: c.get("tracking_id") for c in self._clients.find({"_id": {"$in": named}}, {"tracking_id": 1})
        }
        charges = self._charged_since({one["_id"]: one["attribution"]["at"] for one in found})
        for one in found:
            client_id = one.get("client_id")
            yield Attributed(
                one["_id"], client_id, one.get("tracking_id"), owned.get(client_id or ""), charges[one["_id"]]
            )

    def _charged_since(self, since: Document) -> Counter[str]:
        charges = self._charges.find({"application_id": {"$in": list(since)}}, {"application_id": 1, "charged_at": 1})
        return Counter(c["application_id"] for c in charges if c["charged_at"] >= since[c["application_id"]])


def _detached(run_id: str, one: Attributed) -> UpdateOne:
    still_so = {"_id": one.application_id, "attribution.run_id": run_id, "tracking_id": one.tracking_id}
    # A note without `before` says that there was no such field, and then there is none again.
    return UpdateOne(still_so, [{"$set": {"tracking_id": "$attribution.before"}}, {"$unset": "attribution"}])
