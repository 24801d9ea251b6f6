"""Takes clients in MongoDB back to what they were, and tells what has been built on them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime

from pymongo import DeleteOne, ReplaceOne
from pymongo.database import Database

from reclaim.adapters.mongo.connection import Document, bulk_write, translated
from reclaim.model.documents import record_of
from reclaim.model.record import Record
from reclaim.undo.values import BuiltOn, Reversal


class MongoReversals:
    """See `reclaim.undo.ports.Reversals`."""

    def __init__(self, database: Database[Document]) -> None:
        self._clients = database["clients"]
        self._applications = database["applications"]
        self._charges = database["charges"]

    def written_by(self, run_id: str) -> Iterator[Record]:
        """A cursor, by index on `recovery.run_id`."""
        with translated():
            for document in self._clients.find({"recovery.run_id": run_id}).sort("_id"):
                yield record_of(document)

    def built_on(self, clients: Sequence[Record]) -> dict[str, BuiltOn]:
        """Two queries by client: its applications, and its charges since the first of these recoveries."""
        since = {one.client_id: one.recovery.recovered_at for one in clients if one.recovery}
        if not since:
            return {}
        with translated():
            carrying = self._carrying({one.client_id: one.tracking_id for one in clients})
            charges = self._charged(since)
        return {
            one: BuiltOn(len(carrying[one]), tuple(sorted(set(filter(None, carrying[one])))), charges[one])
            for one in since
            if carrying[one] or charges[one]
        }

    def take_back(self, reversals: Sequence[Reversal]) -> None:
        """One unordered bulk. The whole document is the condition: a field more, or another, and it is left alone."""
        bulk_write(self._clients, [_operation(one) for one in reversals])

    def _carrying(self, tracking_ids: dict[str, str | None]) -> dict[str, list[str | None]]:
        """Who gave the ID to each application that carries its client's, by client; None for who did not say."""
        query = {
            "client_id": {"$in": list(tracking_ids)},
            "tracking_id": {"$in": [one for one in tracking_ids.values() if one]},
        }
        wanted = {"client_id": 1, "tracking_id": 1, "attribution.run_id": 1}
        found: dict[str, list[str | None]] = {client_id: [] for client_id in tracking_ids}
        for one in self._applications.find(query, wanted):
            if tracking_ids[one["client_id"]] == one["tracking_id"]:
                found[one["client_id"]].append((one.get("attribution") or {}).get("run_id"))
        return found

    def _charged(self, since: dict[str, datetime]) -> Counter[str]:
        query = {"client_id": {"$in": list(since)}, "charged_at": {"$gte": min(since.values())}}
        found = self._charges.find(query, {"client_id": 1, "charged_at": 1})
        return Counter(one["client_id"] for one in found if one["charged_at"] >= since[one["client_id"]])


def _operation(one: Reversal) -> DeleteOne | ReplaceOne[Document]:
    unchanged = {"_id": one.client_id, "$expr": {"$eq": ["$$ROOT", {"$literal": one.now}]}}
    return DeleteOne(unchanged) if one.before is None else ReplaceOne(unchanged, one.before)
