"""What MongoDB must know before a recovery: indexes, and validators that keep the record what it says it is."""

from __future__ import annotations

from typing import Any, Final

from pymongo import ASCENDING, DESCENDING, IndexModel
from pymongo.database import Database

from reclaim.adapters.mongo.connection import Document, translated
from reclaim.contracts.client_created import CLIENT_ID_PATTERN
from reclaim.model.identity import TRACKING_ID_PATTERN
from reclaim.model.outcome import Cause, Outcome
from reclaim.model.run import RunState

_WHOLE: Final = ["int", "long"]

INDEXES: Final[dict[str, list[IndexModel]]] = {
    "clients": [
        # Clients without an ID (absent, null, empty) are many; those with one are unique.
        IndexModel(
            [("tracking_id", ASCENDING)],
            name="tracking_id_unique",
            unique=True,
            partialFilterExpression={"tracking_id": {"$gt": ""}},
        ),
        IndexModel([("recovery.run_id", ASCENDING)], name="recovery_run", sparse=True),
    ],
    "dead_letters": [
        IndexModel([("run_id", ASCENDING), ("outcome", ASCENDING)], name="run_outcome"),
        IndexModel([("client_id", ASCENDING)], name="client"),
        IndexModel([("outcome", ASCENDING), ("cause", ASCENDING)], name="outcome_cause"),
        IndexModel([("resolution.became", ASCENDING)], name="became", sparse=True),
    ],
    "recovery_runs": [
        IndexModel([("state", ASCENDING)], name="state"),
        IndexModel([("started_at", DESCENDING)], name="newest"),
    ],
    "evidence": [
        IndexModel([("location", ASCENDING), ("sequence", DESCENDING)], name="location_sequence", unique=True),
        IndexModel([("run_id", ASCENDING)], name="run"),
    ],
    "applications": [
        IndexModel([("applied_at", ASCENDING)], name="applied"),
        IndexModel([("client_id", ASCENDING)], name="client"),
        IndexModel([("attribution.run_id", ASCENDING)], name="attribution_run", sparse=True),
    ],
    "charges": [
        IndexModel([("application_id", ASCENDING)], name="application"),
        IndexModel([("charged_at", ASCENDING)], name="charged"),
        IndexModel([("client_id", ASCENDING), ("charged_at", ASCENDING)], name="client_charged"),
    ],
}

_MONEY: Final = {"amount_minor": {"bsonType": _WHOLE}, "currency": {"bsonType": "string", "pattern": "^[A-Z]{3}$"}}

VALIDATORS: Final[dict[str, dict[str, Any]]] = {
    "clients": {
        "required": ["name", "billing"],
        "properties": {
            "_id": {"bsonType": "string", "pattern": CLIENT_ID_PATTERN},
            "name": {"bsonType": "string", "minLength": 1},
            "billing": {
                "bsonType": "object",
                "required": ["model", "rate_minor", "currency"],
                "properties": {
                    "model": {"bsonType": "string"},
                    "rate_minor": {"bsonType": _WHOLE, "minimum": 0},
                    "currency": _MONEY["currency"],
                },
            },
            "tracking_id": {
                "anyOf": [{"bsonType": "null"}, {"enum": [""]}, {"bsonType": "string", "pattern": TRACKING_ID_PATTERN}]
            },
        },
    },
    "dead_letters": {
        "required": ["run_id", "body", "body_sha256", "queue", "attempts", "outcome"],
        "properties": {
            "body": {"bsonType": "string"},
            "outcome": {"enum": [None, *(outcome.value for outcome in Outcome)]},
            "cause": {"enum": [None, *(cause.value for cause in Cause)]},
        },
    },
    "recovery_runs": {
        "required": ["state", "queue", "operator", "started_at"],
        "properties": {"state": {"enum": [state.value for state in RunState]}},
    },
    "evidence": {"required": ["location", "chain", "sequence", "run_id", "sha256", "manifest"]},
    "applications": {
        "required": ["client_id", "applied_at", "amount_minor", "currency"],
        "properties": {"applied_at": {"bsonType": "date"}, **_MONEY},
    },
    "charges": {
        "required": ["application_id", "client_id", "charged_at", "amount_minor", "currency"],
        "properties": {"charged_at": {"bsonType": "date"}, **_MONEY},
    },
}


class MongoSchema:
    """Brings a database to the state above, and no further than it is off."""

    def __init__(self, database: Database[Document]) -> None:
        self._database = database

    def plan(self) -> list[str]:
        """What `apply` would change, a line each; empty when all is in place.

        Raises:
            StoreUnavailable: MongoDB cannot be reached.
        """
        with translated():
            validators = {c["name"]: c.get("options", {}).get("validator") for c in self._database.list_collections()}
        lines = [f"collection {name}: create" for name in VALIDATORS if name not in validators]
        for name, schema in VALIDATORS.items():
            if name in validators and validators[name] != validator_of(schema):
                lines.append(f"collection {name}: set the validator")
            lines += [f"collection {name}: create index {index}" for index in self._missing(name, name in validators)]
        return lines

    def apply(self) -> list[str]:
        """Make what is missing; what was changed, a line each. A second call changes nothing."""
        lines = self.plan()
        with translated():
            existing = set(self._database.list_collection_names())
            for name, schema in VALIDATORS.items():
                if name not in existing:
                    self._database.create_collection(name, validator=validator_of(schema))
                else:
                    self._database.command("collMod", name, validator=validator_of(schema))
                self._database[name].create_indexes(INDEXES[name])
        return lines

    def _missing(self, name: str, exists: bool) -> list[str]:  # noqa: FBT001
        with translated():
            present = set(self._database[name].index_information()) if exists else set()
        return [index.document["name"] for index in INDEXES[name] if index.document["name"] not in present]


def validator_of(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema of `VALIDATORS` as MongoDB keeps it."""
    return {"$jsonSchema": {"bsonType": "object", **schema}}
