"""The chain of evidence in MongoDB: the collection `evidence`, to which documents are only ever added."""

from __future__ import annotations

from dataclasses import asdict

from pymongo import DESCENDING
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from reclaim.adapters.mongo.connection import Document, translated
from reclaim.model.chain import Link


class MongoEvidence:
    """See `reclaim.ports.EvidenceChain`. A place is taken by being the first to insert its `_id`."""

    def __init__(self, database: Database[Document]) -> None:
        self._links = database["evidence"]

    def head(self, location: str) -> Link | None:
        """By index on location and sequence."""
        with translated():
            return _link_of(self._links.find_one({"location": location}, sort=[("sequence", DESCENDING)]))

    def of_run(self, location: str, run_id: str) -> Link | None:
        """By index on `run_id`."""
        with translated():
            return _link_of(self._links.find_one({"run_id": run_id, "location": location}))

    def append(self, link: Link) -> bool:
        """One insert."""
        with translated():
            try:
                self._links.insert_one({"_id": f"{link.location}#{link.sequence:09}", **asdict(link)})
            except DuplicateKeyError:
                return False
        return True


def _link_of(document: Document | None) -> Link | None:
    return Link(**{name: value for name, value in document.items() if name != "_id"}) if document else None
