"""The collection `clients` in MongoDB."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final

from bson.int64 import Int64
from pymongo import InsertOne, UpdateOne
from pymongo.database import Database

from reclaim.adapters.mongo import Document, bulk_write, translated
from reclaim.clients import Billing, Client, ClientWrite, Origin, Recovery, Superseded, WriteKind
from reclaim.outcomes import Cause, Outcome

_CHUNK: Final = 1000

_OF_A_RECOVERY: Final = {"run_id", "message_id", "occurred_at", "recovered_at", "origin"}
"""What a field `recovery` of this program's own making holds; another program may use the name for its own ends."""


class MongoClients:
    """Reads and writes clients; see `reclaim.ports.ClientStore`."""

    def __init__(self, database: Database[Document]) -> None:
        self._clients = database["clients"]
        self._ledger = database["dead_letters"]

    def find(self, client_ids: Collection[str]) -> dict[str, Client]:
        """One query on `_id`."""
        with translated():
            return {d["_id"]: client_of(d) for d in self._clients.find({"_id": {"$in": list(client_ids)}})}

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


def client_of(document: Mapping[str, Any]) -> Client:
    """A client from its document, whoever wrote that."""
    return Client(
        client_id=document["_id"],
        name=document.get("name", ""),
        country=document.get("country", ""),
        billing=_billing_of(document.get("billing")),
        tracking_id=document.get("tracking_id") or None,
        created_at=document.get("created_at"),
        source_event_id=document.get("source_event_id"),
        recovery=_recovery_of(document.get("recovery")),
        document=dict(document),
    )


def _billing_of(value: Any) -> Billing | None:  # noqa: ANN401
    if not isinstance(value, dict) or not {"model", "rate_minor", "currency"} <= value.keys():
        return None
    rate = value["rate_minor"]
    # The driver reads 64-bit integers as a class of its own; money is a plain int everywhere else.
    return Billing(value["model"], int(rate) if isinstance(rate, Int64) else rate, value["currency"])


def _recovery_of(value: Any) -> Recovery | None:  # noqa: ANN401
    if not isinstance(value, dict) or not value.keys() >= _OF_A_RECOVERY:
        return None
    return Recovery(
        run_id=value["run_id"],
        message_id=value["message_id"],
        occurred_at=value["occurred_at"],
        recovered_at=value["recovered_at"],
        origin=Origin(value["origin"]),
        before=value.get("before"),
        superseded=tuple(
            Superseded(one["message_id"], Outcome(one["outcome"]), Cause(one["cause"]))
            for one in value.get("superseded", ())
        ),
    )


def _operation(write: ClientWrite) -> InsertOne[Document] | UpdateOne:
    client, recovery = write.client, write.recovery
    match write.kind:
        case WriteKind.CREATE:
            return InsertOne({"_id": client.client_id, **_fields(client, recovery)})
        case WriteKind.ATTACH:
            nothing_yet = {"_id": client.client_id, "tracking_id": {"$in": [None, ""]}}
            return UpdateOne(
                nothing_yet, {"$set": {"tracking_id": client.tracking_id, "recovery": _recovery_document(recovery)}}
            )
        case WriteKind.SUPERSEDE:
            still_there = {"_id": client.client_id, "recovery.message_id": recovery.superseded[-1].message_id}
            # A client that was there before its recovery keeps what it held; only how it got its ID changes.
            changed = (
                {"recovery": _recovery_document(recovery)} if recovery.before is not None else _fields(client, recovery)
            )
            return UpdateOne(still_there, {"$set": changed})


def _fields(client: Client, recovery: Recovery) -> Document:
    return {
        "name": client.name,
        "country": client.country,
        "billing": client.billing.as_dict() if client.billing else None,
        "tracking_id": client.tracking_id,
        "created_at": client.created_at,
        "source_event_id": client.source_event_id,
        "recovery": _recovery_document(recovery),
    }


def _recovery_document(recovery: Recovery) -> Document:
    document: Document = {
        "run_id": recovery.run_id,
        "message_id": recovery.message_id,
        "occurred_at": recovery.occurred_at,
        "recovered_at": recovery.recovered_at,
        "origin": recovery.origin.value,
        "before": recovery.before,
    }
    if recovery.superseded:
        document["superseded"] = [
            {"message_id": one.message_id, "outcome": one.outcome.value, "cause": one.cause.value}
            for one in recovery.superseded
        ]
    return document
