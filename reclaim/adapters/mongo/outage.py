"""Puts into MongoDB what it held when an outage began."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from pymongo import InsertOne
from pymongo.database import Database

from reclaim.adapters.mongo.connection import Document, bulk_write, translated
from reclaim.model.batched import batched
from reclaim.model.errors import UsageError

_BATCH: Final = 1000


class OutageStore:
    """The collections that an outage is staged in."""

    def __init__(self, database: Database[Document]) -> None:
        self._database = database

    @property
    def hosts(self) -> list[str]:
        """Where the database is, as the URI names it."""
        seeds: Iterable[tuple[str, int | None]] = self._database.client.topology_description.server_descriptions()
        return [host for host, _ in seeds]

    def holds(self, collection: str, key: str) -> bool:
        """Whether a collection holds the document of that ID.

        Raises:
            StoreUnavailable: MongoDB cannot be reached.
        """
        with translated():
            return self._database[collection].find_one({"_id": key}, {"_id": 1}) is not None

    def insert(self, collection: str, documents: Iterable[Document]) -> int:
        """Insert new documents in bulk; how many.

        Raises:
            StoreUnavailable: MongoDB cannot be reached.
            UsageError: documents of these IDs are there already, or the validator refuses some.
        """
        inserted = 0
        for chunk in batched(documents, _BATCH):
            refused = bulk_write(self._database[collection], [InsertOne(document) for document in chunk])
            if refused:
                raise UsageError(
                    f"MongoDB refused {len(refused)} documents for {collection}, such as {chunk[refused[0]]['_id']}.",
                    "Stage into a fresh database, or with another seed.",
                )
            inserted += len(chunk)
        return inserted
