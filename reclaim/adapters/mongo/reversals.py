"""Takes records in MongoDB back to what they were, and finds what has been built on them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime

from pymongo import DeleteOne, ReplaceOne
from pymongo.database import Database

from reclaim.adapters.mongo.connection import Document, bulk_write, translated
from reclaim.contracts.contract import Contract, RevenueCollection
from reclaim.contracts.documents import record_of
from reclaim.model.record import Record
from reclaim.undo.model import BuiltOn, Reversal


class MongoReversals:
    """See `reclaim.undo.ports.Reversals`. Without a revenue side nothing is built on a record."""

    def __init__(self, database: Database[Document], contract: Contract) -> None:
        self._database = database
        self._contract = contract
        self._records = database[contract.collection]

    def written_by(self, run_id: str) -> Iterator[Record]:
        """A cursor, by index on `recovery.run_id`."""
        with translated():
            for document in self._records.find({"recovery.run_id": run_id}).sort("_id"):
                yield record_of(document, self._contract)

    def built_on(self, records: Sequence[Record]) -> dict[str, BuiltOn]:
        """Two queries by record: its applications, and its charges since the first of these recoveries."""
        since = {one.record_key: one.recovery.recovered_at for one in records if one.recovery}
        revenue = self._contract.revenue
        if not since or not revenue:
            return {}
        with translated():
            carrying = self._carrying({one.record_key: one.identity for one in records}, revenue.applications)
            charges = self._charged(since, revenue.charges)
        return {
            one: BuiltOn(len(carrying[one]), tuple(sorted(set(filter(None, carrying[one])))), charges[one])
            for one in since
            if carrying[one] or charges[one]
        }

    def take_back(self, reversals: Sequence[Reversal]) -> None:
        """One unordered bulk. The whole document is the condition: a field more, or another, and it is left alone."""
        bulk_write(self._records, [_operation(one) for one in reversals])

    def _carrying(self, identities: dict[str, str | None], names: RevenueCollection) -> dict[str, list[str | None]]:
        """By record, which run gave each application that carries its identity to it; None where nothing says so."""
        query = {
            names.record_key: {"$in": list(identities)},
            names.reference: {"$in": [one for one in identities.values() if one]},
        }
        wanted = {names.record_key: 1, names.reference: 1, "attribution.run_id": 1}
        found: dict[str, list[str | None]] = {record_key: [] for record_key in identities}
        for one in self._database[names.name].find(query, wanted):
            record_key = one[names.record_key]
            if identities[record_key] == one[names.reference]:
                found[record_key].append((one.get("attribution") or {}).get("run_id"))
        return found

    def _charged(self, since: dict[str, datetime], names: RevenueCollection) -> Counter[str]:
        key, at = names.record_key, names.at
        query = {key: {"$in": list(since)}, at: {"$gte": min(since.values())}}
        found = self._database[names.name].find(query, {key: 1, at: 1})
        return Counter(one[key] for one in found if one[at] >= since[one[key]])


def _operation(one: Reversal) -> DeleteOne | ReplaceOne[Document]:
    unchanged = {"_id": one.record_key, "$expr": {"$eq": ["$$ROOT", {"$literal": one.now}]}}
    return DeleteOne(unchanged) if one.before is None else ReplaceOne(unchanged, one.before)
