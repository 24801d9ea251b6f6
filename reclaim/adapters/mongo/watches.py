"""The collection `watches` in MongoDB: per queue, the state that a check leaves for the next."""

from __future__ import annotations

from pymongo.database import Database

from reclaim.adapters.mongo.connection import Document, translated
from reclaim.model.queue_check import WatchState


class MongoWatchStates:
    """See `reclaim.ports.WatchStateStore`."""

    def __init__(self, database: Database[Document]) -> None:
        self._watches = database["watches"]

    def load(self, queue: str) -> WatchState | None:
        """By `_id`."""
        with translated():
            document = self._watches.find_one({"_id": queue})
        return WatchState(queue=document.pop("_id"), **document) if document else None

    def save(self, state: WatchState) -> None:
        """Replace the whole document."""
        document = state.model_dump(exclude={"queue"})
        document |= {"above": sorted(state.above), "runs": sorted(state.runs)}  # BSON knows no sets
        with translated():
            self._watches.replace_one({"_id": state.queue}, document, upsert=True)
