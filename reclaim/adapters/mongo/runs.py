"""The collection `recovery_runs` in MongoDB."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from bson.decimal128 import Decimal128
from pymongo import DESCENDING
from pymongo.database import Database

from reclaim.adapters.mongo.connection import Document, translated
from reclaim.model.run import RunRecord, RunState
from reclaim.text.money import MAX_MINOR

_LEFT_OPEN: Final = {"state": RunState.INTERRUPTED.value, "closed_by": None}


class MongoRuns:
    """Reads and writes runs; see `reclaim.ports.RunRegistry`."""

    def __init__(self, database: Database[Document]) -> None:
        self._runs = database["recovery_runs"]

    def begin(self, run: RunRecord) -> None:
        """Insert; again after a lost answer is the same run, not an error."""
        self.save(run)

    def save(self, run: RunRecord) -> None:
        """Replace the whole document."""
        document = run.model_dump(exclude={"run_id"})
        document |= {"state": run.state.value, "money": _storable(run.money)}
        with translated():
            self._runs.replace_one({"_id": run.run_id}, document, upsert=True)

    def beat(self, run_id: str, at: datetime) -> None:
        """Set one field."""
        with translated():
            self._runs.update_one({"_id": run_id}, {"$set": {"heartbeat_at": at}})

    def get(self, run_id: str) -> RunRecord | None:
        """By `_id`."""
        with translated():
            document = self._runs.find_one({"_id": run_id})
        return _run_of(document) if document else None

    def running(self) -> list[RunRecord]:
        """By index on `state`."""
        with translated():
            return [_run_of(d) for d in self._runs.find({"state": RunState.RUNNING.value})]

    def interrupted(self, queue: str) -> list[RunRecord]:
        """By index on `state`."""
        with translated():
            return [_run_of(d) for d in self._runs.find({**_LEFT_OPEN, "queue": queue})]

    def latest(self, limit: int) -> list[RunRecord]:
        """By index on `started_at`."""
        with translated():
            return [_run_of(d) for d in self._runs.find().sort("started_at", DESCENDING).limit(limit)]


def _run_of(document: dict[str, Any]) -> RunRecord:
    fields = {name: value for name, value in document.items() if name != "_id"}
    return RunRecord(run_id=document["_id"], **{**fields, "money": _plain(document.get("money", {}))})


def _storable(value: Any) -> Any:  # noqa: ANN401
    """`value` with the sums that no 64-bit integer holds as decimals of 34 digits."""
    if isinstance(value, dict):
        return {name: _storable(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_storable(part) for part in value]
    return Decimal128(str(value)) if isinstance(value, int) and abs(value) > MAX_MINOR else value


def _plain(value: Any) -> Any:  # noqa: ANN401
    """The reverse: money is a plain integer everywhere else."""
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    return int(value.to_decimal()) if isinstance(value, Decimal128) else value
