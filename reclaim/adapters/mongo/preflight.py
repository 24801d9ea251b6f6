"""Reads MongoDB's state for the preflight."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC
from typing import Any, Final

from pymongo.database import Database

from reclaim.adapters.mongo.connection import Document, translated
from reclaim.adapters.mongo.schema import collections_of
from reclaim.contracts.contract import Contract
from reclaim.model.clock import Clock
from reclaim.model.record import Origin
from reclaim.preflight.items import skew_seconds
from reclaim.preflight.store import StoreSeen

_SAMPLE: Final = 20


class StoreProbe:
    """Reads what the database enforces, and a few records of the latest runs. Writes nothing."""

    def __init__(self, database: Database[Document], contract: Contract, clock: Clock) -> None:
        self._database = database
        self._contract = contract
        self._schemas = collections_of(contract)
        self._clock = clock

    def read(self, key: bytes) -> StoreSeen:
        """The database, compared with its schema and with `key`, which may be empty.

        Raises:
            StoreUnavailable: MongoDB cannot be reached.
            SettingsError: the credentials do not suffice.
        """
        with translated():
            asked = self._clock.now()
            hello = self._database.client.admin.command("hello")
            skew = skew_seconds(asked, self._clock.now(), hello["localTime"].replace(tzinfo=UTC))
            regenerated = self._regenerated() if key else []
            derive, field = self._contract.identity.derive, self._contract.identity_field
            return StoreSeen(
                missing_indexes=tuple(self._missing_indexes()),
                missing_validators=tuple(self._missing_validators()),
                majority=_majority(hello),
                skew=skew,
                compared=len(regenerated) if key else None,
                mismatched=sum(one[field] != derive(one["_id"], key) for one in regenerated),
            )

    def _regenerated(self) -> list[Document]:
        """Records of the latest runs; run IDs sort by time, and the sparse index on them is what makes this quick."""
        wanted = {"recovery.run_id": {"$gt": ""}, "recovery.origin": Origin.REGENERATED.value}
        field = self._contract.identity_field
        found = self._database[self._contract.collection].find(wanted, {field: 1})
        return [one for one in found.sort("recovery.run_id", -1).limit(_SAMPLE) if one.get(field)]

    def _missing_indexes(self) -> Iterator[str]:
        for collection, schema in self._schemas.items():
            held = self._database[collection].index_information()
            for index in schema.indexes:
                name = index.document["name"]
                if name not in held:
                    yield f"index {collection}.{name} is missing"
                elif not _same(index.document, held[name]):
                    yield f"index {collection}.{name} is another than it should be"

    def _missing_validators(self) -> Iterator[str]:
        held = {one["name"]: one.get("options", {}) for one in self._database.list_collections()}
        for collection, schema in self._schemas.items():
            options = held.get(collection)
            if options is None:
                yield f"collection {collection} is missing"
            elif options.get("validator") != schema.validator:
                yield f"collection {collection} has another validator"
            elif options.get("validationAction", "error") != "error" or options.get("validationLevel") == "off":
                yield f"collection {collection} does not refuse what its validator finds"


def _same(wanted: Any, held: Any) -> bool:  # noqa: ANN401  (both are the driver's documents)
    """Whether an index is on the wanted keys, and unique, sparse and partial as wanted."""
    options = ("unique", "sparse", "partialFilterExpression")
    return list(wanted["key"].items()) == list(held["key"]) and all(wanted.get(o) == held.get(o) for o in options)


def _majority(hello: Document) -> str:
    if hello.get("msg") == "isdbgrid":
        return "a sharded cluster"
    name, members = hello.get("setName"), len(hello.get("hosts", ()))
    return f"replica set {name}, {members} member{'s' * (members != 1)}" if name else ""
