"""The collection of a contract's records in MongoDB."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Final

from pymongo import InsertOne, UpdateOne
from pymongo.database import Database

from reclaim.adapters.mongo.connection import Document, bulk_write, translated
from reclaim.contracts.contract import Contract
from reclaim.contracts.documents import document_of, record_of, recovery_document
from reclaim.model.outcome import Outcome
from reclaim.model.record import Record, RecordWrite, WriteKind

_CHUNK: Final = 1000


class MongoRecords:
    """Reads and writes the records of one contract; see `reclaim.ports.RecordStore`."""

    def __init__(self, database: Database[Document], contract: Contract) -> None:
        self._contract = contract
        self._records = database[contract.collection]
        self._ledger = database["dead_letters"]

    def find(self, record_keys: Collection[str]) -> dict[str, Record]:
        """One query on `_id`."""
        with translated():
            found = self._records.find({"_id": {"$in": list(record_keys)}})
            return {document["_id"]: record_of(document, self._contract) for document in found}

    def attributable(self, record_keys: Collection[str]) -> frozenset[str]:
        """One query on `_id`."""
        with translated():
            wanted = {"_id": {"$in": list(record_keys)}, self._contract.identity_field: {"$gt": ""}}
            return frozenset(document["_id"] for document in self._records.find(wanted, {"_id": 1}))

    def owners(self, identities: Collection[str]) -> dict[str, str]:
        """One covered query on the unique index."""
        field = self._contract.identity_field
        # The second condition is the index's own filter: without it the planner may not use the index.
        wanted = {field: {"$in": list(identities), "$gt": ""}}
        with translated():
            return {document[field]: document["_id"] for document in self._records.find(wanted, {field: 1})}

    def write(self, writes: Sequence[RecordWrite]) -> None:
        """One unordered bulk. What MongoDB refuses shows when records are read back."""
        bulk_write(self._records, [self._operation(write) for write in writes])

    def recovered_by(self, run_id: str) -> Iterator[Record]:
        """The records that the run's ledger entries name, a thousand at a time."""
        with translated():
            settled = self._ledger.find({"run_id": run_id, "outcome": Outcome.RECOVERED.value}, {"record_key": 1})
            chunk: list[str] = []
            for entry in settled.sort("record_key"):
                chunk.append(entry["record_key"])
                if len(chunk) == _CHUNK:
                    yield from self.find(chunk).values()
                    chunk = []
            yield from self.find(chunk).values()

    def _operation(self, write: RecordWrite) -> InsertOne[Document] | UpdateOne:
        record = write.record
        if write.kind is WriteKind.CREATE:
            return InsertOne(document_of(record, self._contract))
        field = self._contract.identity_field
        nothing_yet = {"_id": record.record_key, field: {"$in": [None, ""]}}
        return UpdateOne(nothing_yet, {"$set": {field: record.identity, "recovery": recovery_document(write.recovery)}})
