"""What is decided about messages after their run, in the collection `dead_letters`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from pymongo import UpdateOne
from pymongo.database import Database

from reclaim.adapters.mongo.connection import Document, bulk_write, translated
from reclaim.adapters.mongo.ledger import entry_of
from reclaim.model.ledger import LedgerEntry, Resolution
from reclaim.model.outcome import Cause, Outcome

_SETTLED: Final = [outcome.value for outcome in Outcome if outcome.is_final]


class MongoResolutions:
    """Reads and writes resolutions; see `reclaim.ports.Resolutions`."""

    def __init__(self, database: Database[Document]) -> None:
        self._entries = database["dead_letters"]

    def resolve(self, resolutions: Sequence[Resolution]) -> frozenset[str]:
        """One unordered bulk of conditional updates, then what a majority holds."""
        bulk_write(self._entries, [_entered(one) for one in resolutions])
        asked = {one.message_id: one for one in resolutions}
        with translated():
            found = self._entries.find(
                {"_id": {"$in": list(asked)}, "resolution": {"$ne": None}},
                {"resolution.run_id": 1, "resolution.kind": 1},
            )
            return frozenset(d["_id"] for d in found if _is(asked[d["_id"]], d["resolution"]))

    def open_quarantine(
        self, contract: str, *, queue: str | None = None, cause: Cause | None = None
    ) -> Iterator[LedgerEntry]:
        """A cursor, by index on `outcome`."""
        query: Document = {"contract": contract, "outcome": Outcome.QUARANTINED.value, "resolution": None}
        query |= {"queue": queue} if queue else {}
        query |= {"cause": cause.value} if cause else {}
        with translated():
            for document in self._entries.find(query).sort("_id"):
                yield entry_of(document)


def _entered(one: Resolution) -> UpdateOne:
    document = {
        "kind": one.kind.value,
        "run_id": one.run_id,
        "at": one.at,
        "operator": one.operator,
        "reason": one.reason,
        "became": one.became,
    }
    still_open = {"_id": one.message_id, "outcome": {"$in": _SETTLED}, "resolution": None}
    return UpdateOne(still_open, {"$set": {"resolution": document}})


def _is(one: Resolution, held: Document) -> bool:
    return (held["run_id"], held["kind"]) == (one.run_id, one.kind.value)
