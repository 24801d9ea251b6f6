"""The collection `clients` in MongoDB."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Final

from pymongo import InsertOne, UpdateOne
from pymongo.database import Database

from reclaim.adapters.mongo.connection import Document, bulk_write, translated
from reclaim.model.documents import client_of, document_of, recovery_document
from reclaim.model.outcome import Outcome
from reclaim.model.record import Client, ClientWrite, WriteKind

_CHUNK: Final = 1000


class MongoClients:
    """Reads and writes clients; see `reclaim.ports.ClientStore`."""

    def __init__(self, database: Database[Document]) -> None:
        self._clients = database["clients"]
        self._ledger = database["dead_letters"]

    def find(self, client_ids: Collection[str]) -> dict[str, Client]:
        """One query on `_id`."""
        with translated():
            return {d["_id"]: client_of(d) for d in self._clients.find({"_id": {"$in": list(client_ids)}})}

    def attributable(self, client_ids: Collection[str]) -> frozenset[str]:
        """One query on `_id`."""
        with translated():
            found = self._clients.find({"_id": {"$in": list(client_ids)}, "tracking_id": {"$gt": ""}}, {"_id": 1})
            return frozenset(document["_id"] for document in found)

    def owners(self, tracking_ids: Collection[str]) -> dict[str, str]:
        """One covered query on the unique index."""
        # The second condition is the index's own filter: without it the planner may not use the index.
        wanted = {"tracking_id": {"$in": list(tracking_ids), "$gt": ""}}
        with translated():
            return {d["tracking_id"]: d["_id"] for d in self._clients.find(wanted, {"tracking_id": 1})}

    def write(self, writes: Sequence[ClientWrite]) -> None:
        """One unordered bulk. What the store refuses shows when it is read back."""
        bulk_write(self._clients, [_operation(write) for write in writes])

    def recovered_by(self, run_id: str) -> Iterator[Client]:
        """By way of the ledger, a thousand clients at a time."""
        with translated():
            settled = self._ledger.find({"run_id": run_id, "outcome": Outcome.RECOVERED.value}, {"client_id": 1})
            chunk: list[str] = []
            for entry in settled.sort("client_id"):
                chunk.append(entry["client_id"])
                if len(chunk) == _CHUNK:
                    yield from self.find(chunk).values()
                    chunk = []
            yield from self.find(chunk).values()


def _operation(write: ClientWrite) -> InsertOne[Document] | UpdateOne:
    client, recovery = write.client, write.recovery
    match write.kind:
        case WriteKind.CREATE:
            return InsertOne(document_of(client))
        case WriteKind.ATTACH:
            nothing_yet = {"_id": client.client_id, "tracking_id": {"$in": [None, ""]}}
            return UpdateOne(
                nothing_yet, {"$set": {"tracking_id": client.tracking_id, "recovery": recovery_document(recovery)}}
            )
        case WriteKind.SUPERSEDE:
            still_there = {"_id": client.client_id, "recovery.message_id": recovery.superseded[-1].message_id}
            # A client that was there before its recovery keeps what it held; only how it got its ID changes.
            changed = {"recovery": recovery_document(recovery)} if recovery.before is not None else _fields(client)
            return UpdateOne(still_there, {"$set": changed})


def _fields(client: Client) -> Document:
    return {name: value for name, value in document_of(client).items() if name != "_id"}
