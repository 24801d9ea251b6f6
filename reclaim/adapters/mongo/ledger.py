"""The collection `dead_letters` in MongoDB: the ledger."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any, Final

from pymongo import InsertOne, UpdateOne
from pymongo.database import Database

from reclaim.adapters.mongo.connection import Document, bulk_write, translated
from reclaim.model.errors import StoreUnavailable
from reclaim.model.ledger import Delivery, LedgerEntry, Mention, Recorded, Resolution, ResolutionKind, Settlement
from reclaim.model.message import Message, MessageAttribute, ReleasedFrom
from reclaim.model.outcome import Cause, Outcome

_FINAL: Final = [outcome.value for outcome in Outcome if outcome.is_final]

_MENTIONS_AT_ONCE: Final = 10_000

_OPEN: Final = {"outcome": {"$nin": _FINAL}}
"""Matches an entry whose outcome is not final."""

_WITHOUT_BODY: Final = {"body": 0, "attributes": 0, "message_attributes": 0, "before_image": 0}


class MongoLedger:
    """Reads and writes ledger entries; see `reclaim.ports.Ledger`."""

    def __init__(self, database: Database[Document]) -> None:
        self._entries = database["dead_letters"]

    def record(self, messages: Sequence[Message], delivery: Delivery, at: datetime) -> Recorded:
        """Insert all. Those that exist already were delivered before, and are read."""
        refused = bulk_write(self._entries, [InsertOne(_new_entry(message, delivery, at)) for message in messages])
        held = self._read([messages[index].message_id for index in refused])
        known = [messages[index] for index in refused if messages[index].message_id in held]
        again = [x for x in known if not held[x.message_id].is_settled and not _is_of(held[x.message_id], delivery)]
        bulk_write(self._entries, [_delivered_again(message, delivery, at) for message in again])
        if len(known) < len(refused):
            raise StoreUnavailable(
                f"MongoDB would not take {len(refused) - len(known)} of {len(messages)} messages into the ledger.",
                "Nothing was done with them. Check the validator of dead_letters: `reclaim provision --plan`.",
            )
        settled = {message_id for message_id, entry in held.items() if entry.is_settled}
        return Recorded(
            fresh=tuple(self._as_written_first(messages, held, settled)),
            settled=tuple(message for message in messages if message.message_id in settled),
        )

    def _as_written_first(
        self, messages: Sequence[Message], held: Mapping[str, LedgerEntry], settled: Collection[str]
    ) -> Iterator[Message]:
        """The messages to be handled. Only releases can bring one twice with two bodies, edited by two people."""
        for message in messages:
            entry = held.get(message.message_id)
            if entry and entry.body_sha256 != message.body_sha256 and message.message_id not in settled:
                yield replace(message, body=self.find([message.message_id])[message.message_id].body)
            elif message.message_id not in settled:
                yield message

    def settle(self, settlements: Sequence[Settlement], delivery: Delivery, at: datetime) -> dict[str, LedgerEntry]:
        """One unordered bulk of conditional updates, then the entries as they now are."""
        bulk_write(self._entries, [_settled(settlement, delivery, at) for settlement in settlements])
        return self._read([settlement.message_id for settlement in settlements])

    def defer(self, settlements: Sequence[Settlement], delivery: Delivery, at: datetime) -> None:
        """One unordered bulk of conditional updates."""
        bulk_write(
            self._entries,
            [
                UpdateOne(
                    {"_id": s.message_id, **_OPEN},
                    {"$set": {**_decided(s, delivery), "steps.deferred": at}},
                )
                for s in settlements
            ],
        )

    def mark_deleted(self, message_ids: Collection[str], at: datetime) -> None:
        """One update of many."""
        with translated():
            self._entries.update_many({"_id": {"$in": list(message_ids)}}, {"$set": {"steps.deleted": at}})

    def find(self, message_ids: Collection[str]) -> dict[str, LedgerEntry]:
        """Whole entries, bodies included."""
        with translated():
            return {d["_id"]: entry_of(d) for d in self._entries.find({"_id": {"$in": list(message_ids)}})}

    def of_record(self, record_key: str, contract: str) -> list[LedgerEntry]:
        """By index on `record_key`."""
        named = {"record_key": record_key, "contract": contract}
        with translated():
            return [entry_of(d) for d in self._entries.find(named).sort("steps.received")]

    def of_run(self, run_id: str) -> Iterator[LedgerEntry]:
        """A cursor over the run's entries, bodies included."""
        with translated():
            for document in self._entries.find({"run_id": run_id, "outcome": {"$ne": None}}).sort("_id"):
                yield entry_of(document)

    def mentions(self, queue: str, contract: str, run_id: str | None = None) -> Iterator[Mention]:
        """A cursor over four fields, by index on `run_id` or on `outcome`."""
        query: Document = {"queue": queue, "contract": contract, "outcome": {"$ne": None}, "resolution": None}
        query |= {"run_id": run_id} if run_id else {}
        fields = {"record_key": 1, "outcome": 1, "cause": 1, "steps.sent": 1}
        with translated():
            for found in self._entries.find(query, fields, batch_size=_MENTIONS_AT_ONCE):
                outcome, cause = Outcome(found["outcome"]), Cause(found["cause"])
                yield Mention(found.get("record_key"), outcome, cause, found["steps"]["sent"])

    def count(self, run_id: str) -> dict[tuple[Outcome, Cause], int]:
        """One aggregation."""
        stages: list[Document] = [
            {"$match": {"run_id": run_id, "outcome": {"$ne": None}}},
            {"$group": {"_id": {"outcome": "$outcome", "cause": "$cause"}, "count": {"$sum": 1}}},
        ]
        with translated():
            groups = list(self._entries.aggregate(stages))
        return {(Outcome(g["_id"]["outcome"]), Cause(g["_id"]["cause"])): g["count"] for g in groups}

    def _read(self, message_ids: Sequence[str]) -> dict[str, LedgerEntry]:
        if not message_ids:
            return {}
        with translated():
            found = self._entries.find({"_id": {"$in": list(message_ids)}}, _WITHOUT_BODY)
            return {document["_id"]: entry_of(document) for document in found}


def entry_of(document: Mapping[str, Any]) -> LedgerEntry:
    """An entry from its document; parts that were not read are empty."""
    return LedgerEntry(
        message_id=document["_id"],
        run_id=document["run_id"],
        delivery_id=document["delivery_id"],
        queue=document["queue"],
        contract=document["contract"],
        body=document.get("body", ""),
        body_sha256=document["body_sha256"],
        receive_count=document["receive_count"],
        attempts=document["attempts"],
        outcome=Outcome(document["outcome"]) if document["outcome"] else None,
        cause=Cause(document["cause"]) if document["cause"] else None,
        detail=document.get("detail", ""),
        envelope=document.get("envelope"),
        record_key=document.get("record_key"),
        event_id=document.get("event_id"),
        occurred_at=document.get("occurred_at"),
        rate_minor=int(rate) if (rate := document.get("rate_minor")) is not None else None,
        currency=document.get("currency"),
        wrote=document.get("wrote", False),
        before=document.get("before_image"),
        resolution=_resolution_of(document),
        released_from=ReleasedFrom(**origin) if (origin := document.get("released_from")) else None,
        steps=document["steps"],
        attributes=document.get("attributes", {}),
        message_attributes=tuple(MessageAttribute(**a) for a in document.get("message_attributes", ())),
    )


def _resolution_of(document: Mapping[str, Any]) -> Resolution | None:
    found = document.get("resolution")
    return Resolution(document["_id"], **{**found, "kind": ResolutionKind(found["kind"])}) if found else None


def _new_entry(message: Message, delivery: Delivery, at: datetime) -> Document:
    return {
        "_id": message.message_id,
        "run_id": delivery.run_id,
        "delivery_id": delivery.delivery_id,
        "queue": delivery.queue,
        "contract": delivery.contract,
        "body": message.body,
        "body_sha256": message.body_sha256,
        "receive_count": message.receive_count,
        "attempts": 1,
        "outcome": None,
        "cause": None,
        "attributes": message.attributes,
        # A list, because an attribute's name may hold dots.
        "message_attributes": [{"name": a.name, "type": a.type, "value": a.value} for a in message.message_attributes],
        "steps": {"sent": message.sent_at, "received": message.received_at, "recorded": at},
        **({"released_from": asdict(message.released_from)} if message.released_from else {}),
    }


def _delivered_again(message: Message, delivery: Delivery, at: datetime) -> UpdateOne:
    return UpdateOne(
        {"_id": message.message_id, **_OPEN},
        {
            "$set": {
                "run_id": delivery.run_id,
                "delivery_id": delivery.delivery_id,
                "queue": delivery.queue,
                "contract": delivery.contract,
                "receive_count": message.receive_count,
                "outcome": None,
                "cause": None,
                "detail": "",
                "steps.received": message.received_at,
                "steps.recorded": at,
            },
            "$unset": {"steps.deferred": ""},
            "$inc": {"attempts": 1},
        },
    )


def _settled(settlement: Settlement, delivery: Delivery, at: datetime) -> UpdateOne:
    return UpdateOne(
        {"_id": settlement.message_id, **_OPEN},
        {"$set": {**_decided(settlement, delivery), "steps.settled": at}},
    )


def _decided(settlement: Settlement, delivery: Delivery) -> Document:
    return {
        "run_id": delivery.run_id,
        "delivery_id": delivery.delivery_id,
        "outcome": settlement.outcome.value,
        "cause": settlement.cause.value,
        "detail": settlement.detail,
        "record_key": settlement.record_key,
        "event_id": settlement.event_id,
        "occurred_at": settlement.occurred_at,
        "envelope": settlement.envelope,
        "rate_minor": settlement.rate_minor,
        "currency": settlement.currency,
        "wrote": settlement.wrote,
        "before_image": settlement.before,
        "steps.decided": settlement.decided_at,
        "steps.written": settlement.written_at,
    }


def _is_of(entry: LedgerEntry, delivery: Delivery) -> bool:
    return entry.delivery_id == delivery.delivery_id
