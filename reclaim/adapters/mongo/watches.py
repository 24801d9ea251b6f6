"""The collection `watches` in MongoDB: per queue, what the last look left for the next."""

from __future__ import annotations

from pymongo.database import Database

from reclaim.adapters.mongo.connection import Document, translated
from reclaim.model.queue_check import Memory


class MongoWatchStates:
    """See `reclaim.ports.WatchStateStore`."""

    def __init__(self, database: Database[Document]) -> None:
        self._watches = database["watches"]

    def load(self, queue: str) -> Memory | None:
        """By `_id`."""
        with translated():
            document = self._watches.find_one({"_id": queue})
        return Memory(queue=document.pop("_id"), **document) if document else None

    def save(self, memory: Memory) -> None:
        """Replace the whole document."""
        document = memory.model_dump(exclude={"queue"})
        document |= {"above": sorted(memory.above), "runs": sorted(memory.runs)}  # BSON knows no sets
        with translated():
            self._watches.replace_one({"_id": memory.queue}, document, upsert=True)
