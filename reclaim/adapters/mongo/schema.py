"""What MongoDB must hold before a recovery: collections, indexes, validators and the schema's number.

The collection of the records and those of the revenue side follow from the contract. The others are shared by all
contracts of a database. Nothing of another contract is read or changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from pymongo import ASCENDING, DESCENDING, IndexModel
from pymongo.database import Database

from reclaim.adapters.mongo.connection import Document, translated
from reclaim.contracts.amounts import AmountUnit
from reclaim.contracts.contract import Contract, DocumentField, Revenue
from reclaim.contracts.fields import FieldKind
from reclaim.model.errors import SettingsError
from reclaim.model.outcome import Cause, Outcome
from reclaim.model.run import RunState

SCHEMA_NUMBER: Final = 2
"""Of the documents that this version writes and reads."""

_NUMBERS: Final = "reclaim_schema"
_NUMBER_ID: Final = "schema"

_WHOLE: Final = ["int", "long"]
_CURRENCY: Final = {"bsonType": "string", "pattern": "^[A-Z]{3}$"}
_AMOUNTS: Final[dict[AmountUnit, Document]] = {
    AmountUnit.MINOR: {"bsonType": _WHOLE},
    AmountUnit.DECIMAL: {"bsonType": "string", "pattern": r"^-?[0-9]{1,15}(\.[0-9]{1,4})?$"},
}


@dataclass(frozen=True)
class CollectionSchema:
    """What one collection must have.

    Attributes:
        rules: the validator, as the body of a `$jsonSchema` for objects.
    """

    indexes: Sequence[IndexModel]
    rules: Document

    @property
    def validator(self) -> Document:
        """The validator as MongoDB keeps it."""
        return {"$jsonSchema": {"bsonType": "object", **self.rules}}


_SHARED: Final = {
    "dead_letters": CollectionSchema(
        [
            IndexModel([("run_id", ASCENDING), ("outcome", ASCENDING)], name="run_outcome"),
            IndexModel([("record_key", ASCENDING)], name="record"),
            IndexModel([("outcome", ASCENDING), ("cause", ASCENDING)], name="outcome_cause"),
            IndexModel([("resolution.became", ASCENDING)], name="became", sparse=True),
        ],
        {
            "required": ["run_id", "body", "body_sha256", "queue", "contract", "attempts", "outcome"],
            "properties": {
                "body": {"bsonType": "string"},
                "contract": {"bsonType": "string", "minLength": 1},
                "outcome": {"enum": [None, *(outcome.value for outcome in Outcome)]},
                "cause": {"enum": [None, *(cause.value for cause in Cause)]},
            },
        },
    ),
    "recovery_runs": CollectionSchema(
        [
            IndexModel([("state", ASCENDING)], name="state"),
            IndexModel([("started_at", DESCENDING)], name="newest"),
        ],
        {
            "required": ["state", "queue", "operator", "started_at"],
            "properties": {"state": {"enum": [state.value for state in RunState]}},
        },
    ),
    "evidence": CollectionSchema(
        [
            IndexModel([("location", ASCENDING), ("sequence", DESCENDING)], name="location_sequence", unique=True),
            IndexModel([("run_id", ASCENDING)], name="run"),
        ],
        {"required": ["location", "chain", "sequence", "run_id", "sha256", "manifest"]},
    ),
}


def collections_of(contract: Contract) -> dict[str, CollectionSchema]:
    """What a database needs for `contract`, by collection."""
    return {
        contract.collection: CollectionSchema(_record_indexes(contract), _record_rules(contract)),
        **_SHARED,
        **(_revenue_collections(contract.revenue) if contract.revenue else {}),
    }


def require_schema(database: Database[Document]) -> None:
    """Make sure that the database was not provisioned by a version with other documents.

    Raises:
        SettingsError: it has another schema number; nothing was touched.
        StoreUnavailable: MongoDB cannot be reached.
    """
    if (number := _number_of(database)) not in (None, SCHEMA_NUMBER):
        raise SettingsError(
            f"Database {database.name} has schema number {number}, and this version of Reclaim works with"
            f" {SCHEMA_NUMBER}; nothing was touched.",
            "Use the version that provisioned it, or name another database in RECLAIM_MONGO_DATABASE.",
        )


class MongoSchema:
    """Brings a database to what `collections_of` says; changes nothing else in it."""

    def __init__(self, database: Database[Document], contract: Contract) -> None:
        self._database = database
        self._collections = collections_of(contract)

    def plan(self) -> list[str]:
        """What `apply` would change, a line each; empty when all is in place.

        Raises:
            StoreUnavailable: MongoDB cannot be reached.
            SettingsError: the database has another schema number.
        """
        require_schema(self._database)
        with translated():
            validators = {c["name"]: c.get("options", {}).get("validator") for c in self._database.list_collections()}
        lines = [f"collection {name}: create" for name in self._collections if name not in validators]
        for name, schema in self._collections.items():
            if name in validators and validators[name] != schema.validator:
                lines.append(f"collection {name}: set the validator")
            missing = self._missing_indexes(name, schema, exists=name in validators)
            lines += [f"collection {name}: create index {index}" for index in missing]
        return lines + [f"database: set schema number {SCHEMA_NUMBER}"] * (_number_of(self._database) is None)

    def apply(self) -> list[str]:
        """Create or correct; what was changed, a line each. A second call changes nothing."""
        lines = self.plan()
        with translated():
            existing = set(self._database.list_collection_names())
            for name, schema in self._collections.items():
                if name not in existing:
                    self._database.create_collection(name, validator=schema.validator)
                else:
                    self._database.command("collMod", name, validator=schema.validator)
                self._database[name].create_indexes(schema.indexes)
            number = {"_id": _NUMBER_ID, "number": SCHEMA_NUMBER}
            self._database[_NUMBERS].replace_one({"_id": _NUMBER_ID}, number, upsert=True)
        return lines

    def _missing_indexes(self, name: str, schema: CollectionSchema, *, exists: bool) -> list[str]:
        with translated():
            present = set(self._database[name].index_information()) if exists else set()
        return [index.document["name"] for index in schema.indexes if index.document["name"] not in present]


def _number_of(database: Database[Document]) -> object:
    with translated():
        document = database[_NUMBERS].find_one({"_id": _NUMBER_ID})
    return document.get("number") if document else None


def _record_indexes(contract: Contract) -> list[IndexModel]:
    field = contract.identity_field
    return [
        # Records without an identity (absent, null, empty) are many; those with one are unique.
        IndexModel(
            [(field, ASCENDING)], name=f"{field}_unique", unique=True, partialFilterExpression={field: {"$gt": ""}}
        ),
        IndexModel([("recovery.run_id", ASCENDING)], name="recovery_run", sparse=True),
    ]


def _record_rules(contract: Contract) -> Document:
    """Binds key, identity and the fields that must agree: everything else is also written by others."""
    rules = _rules_of([(leaf.path, leaf) for leaf in contract.document_fields if leaf.must_agree])
    identity = {"bsonType": "string", "pattern": contract.identity.pattern}
    rules["properties"] = {
        "_id": {"bsonType": "string", "pattern": contract.key_kind.pattern},
        **rules["properties"],
        contract.identity_field: {"anyOf": [{"bsonType": "null"}, {"enum": [""]}, identity]},
    }
    return rules


def _rules_of(leaves: Sequence[tuple[str, DocumentField]]) -> Document:
    """Rules of one object: of its fields, each with its path in that object, in the document's order."""
    properties = dict(_properties(leaves))
    required = [name for name, of_name in _by_name(leaves) if any(leaf.required for _, leaf in of_name)]
    return {**({"required": required} if required else {}), "properties": properties}


def _properties(leaves: Sequence[tuple[str, DocumentField]]) -> Iterator[tuple[str, Document]]:
    for name, of_name in _by_name(leaves):
        path, leaf = of_name[0]
        if path == name:
            rule = _rule_of(leaf.kind, inside_object=leaf.path != name)
            yield name, rule if leaf.required else {"anyOf": [{"bsonType": "null"}, rule]}
        else:
            inner = [(path.removeprefix(f"{name}."), leaf) for path, leaf in of_name]
            yield name, {"bsonType": "object", **_rules_of(inner)}


def _by_name(leaves: Sequence[tuple[str, DocumentField]]) -> list[tuple[str, list[tuple[str, DocumentField]]]]:
    """The fields by the first part of their path."""
    return [(name, list(group)) for name, group in groupby(leaves, lambda pair: pair[0].partition(".")[0])]


def _rule_of(kind: FieldKind, *, inside_object: bool) -> Document:
    """What MongoDB must hold for a field of that kind. A text inside an object may be empty."""
    rules: Mapping[str, Document] = {
        "text": {"bsonType": "string", **({} if inside_object else {"minLength": 1})},
        "pattern": {"bsonType": "string", "pattern": kind.pattern},
        "decimal": {"bsonType": "string", "pattern": kind.pattern},
        "minor_units": {"bsonType": _WHOLE, "minimum": 0},
        "currency": _CURRENCY,
        "moment": {"bsonType": "date"},
        "any": {},
    }
    return rules[kind.name]


def _revenue_collections(revenue: Revenue) -> dict[str, CollectionSchema]:
    applications, charges, amount = revenue.applications, revenue.charges, _AMOUNTS[revenue.unit]
    return {
        applications.name: CollectionSchema(
            [
                IndexModel([(applications.at, ASCENDING)], name="applied"),
                IndexModel([(applications.record_key, ASCENDING)], name="record"),
                IndexModel([("attribution.run_id", ASCENDING)], name="attribution_run", sparse=True),
            ],
            {
                "required": [applications.record_key, applications.at, applications.amount, applications.currency],
                "properties": {
                    applications.at: {"bsonType": "date"},
                    applications.amount: amount,
                    applications.currency: _CURRENCY,
                },
            },
        ),
        charges.name: CollectionSchema(
            [
                IndexModel([(charges.reference, ASCENDING)], name="application"),
                IndexModel([(charges.at, ASCENDING)], name="charged"),
                IndexModel([(charges.record_key, ASCENDING), (charges.at, ASCENDING)], name="record_charged"),
            ],
            {
                "required": [charges.reference, charges.record_key, charges.at, charges.amount, charges.currency],
                "properties": {
                    charges.at: {"bsonType": "date"},
                    charges.amount: amount,
                    charges.currency: _CURRENCY,
                },
            },
        ),
    }
