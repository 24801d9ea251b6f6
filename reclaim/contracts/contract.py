"""A contract: which events a deployment recovers, as one value that everything else works from."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Context, Decimal, Inexact, InvalidOperation
from enum import StrEnum
from functools import cached_property
from random import Random
from typing import Any, Final

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from reclaim.contracts.fields import FieldKind
from reclaim.model.errors import UsageError
from reclaim.model.identity import IdentityScheme
from reclaim.text.money import MAX_MINOR, exponent, is_currency

_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")
_COLLECTION: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,100}")
_FIELD: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,100}")
_RESERVED_COLLECTIONS: Final = frozenset({"dead_letters", "recovery_runs", "evidence", "watches"})
_RESERVED_FIELDS: Final = frozenset({"_id", "created_at", "source_event_id", "recovery"})
_DECIMAL: Final = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,4})?")
_EXACTLY: Final = Context(prec=64, traps=[Inexact, InvalidOperation])


class ContractError(ValueError):
    """A contract that contradicts itself; the sentence says where."""


@dataclass(frozen=True, slots=True)
class FixedField:
    """A field of the event that has one value in every event of the contract: its type, its version."""

    path: str
    value: str | int


class AmountUnit(StrEnum):
    """How an event or a document states an amount."""

    MINOR = "minor units"
    """A whole number of minor units."""
    DECIMAL = "decimal text"
    """A decimal number of major units, as text; in a document also as Decimal128."""

    def read(self, value: Any, currency: Any) -> int:  # noqa: ANN401  (a document holds any value)
        """An amount in whole minor units of `currency`. A float is never one, whatever its value.

        Raises:
            ValueError: it cannot be read; the text stands behind the name of its field.
        """
        if self is AmountUnit.MINOR:
            if isinstance(value, int) and not isinstance(value, bool):
                return int(value)
            raise ValueError(_unlike(value))
        if not (isinstance(value, Decimal) or (isinstance(value, str) and _DECIMAL.fullmatch(value))):
            raise ValueError("is not a decimal number" if isinstance(value, str) else _unlike(value))
        minor = self.minor_units(Decimal(value), currency)
        if abs(minor) > MAX_MINOR:
            raise ValueError("is too large")
        return minor

    def minor_units(self, amount: Decimal, currency: Any) -> int:  # noqa: ANN401
        """An amount of any size, such as a sum that MongoDB made of many, in whole minor units.

        Raises:
            ValueError: as `read`.
        """
        if self is AmountUnit.MINOR:
            return int(amount)
        if not (isinstance(currency, str) and is_currency(currency)):
            raise ValueError("has no ISO 4217 currency")
        try:
            shifted = amount.scaleb(exponent(currency), _EXACTLY)
            whole = int(shifted)
        except (ArithmeticError, ValueError) as error:
            raise ValueError("is not a decimal number") from error
        if shifted != whole:
            raise ValueError(f"is finer than the minor unit of {currency}")
        return whole


def _unlike(value: object) -> str:
    return "is missing" if value is None else f"is a {type(value).__name__}"


@dataclass(frozen=True, slots=True)
class MoneyFields:
    """Where an event says what one unit of business with the record is worth; both are paths in the event."""

    amount: str
    currency: str
    unit: AmountUnit = AmountUnit.MINOR


@dataclass(frozen=True, slots=True)
class RevenueCollection:
    """One collection of the revenue side; the attributes are names of fields at the top of its documents.

    Attributes:
        name: the collection.
        record_key: the key of the record that it belongs to.
        at: when it happened.
        reference: for applications the field with the identity, for charges the field with the application's `_id`.
        amount: the price, or what was charged; how it is stated, `Revenue.unit` says.
        currency: its ISO 4217 code.
    """

    name: str
    record_key: str
    at: str
    reference: str
    amount: str = "amount_minor"
    currency: str = "currency"


@dataclass(frozen=True, slots=True)
class Revenue:
    """The revenue side: what happened that can be billed, and what was billed for it.

    Attributes:
        unit: how both collections state amounts.
        client_name: the field of a record's document by which finance knows the client, as a dotted path.
    """

    applications: RevenueCollection
    charges: RevenueCollection
    unit: AmountUnit = AmountUnit.MINOR
    client_name: str = "name"


@dataclass(frozen=True, slots=True)
class Words:
    """What people call a record and its identity; these stand on pages and on the terminal."""

    record: str
    records: str
    identity: str
    identities: str


@dataclass(frozen=True, slots=True)
class DocumentField:
    """A field of the record's document that comes from the event; `billing.rate_minor` is one, `billing` is not.

    Attributes:
        path: its dotted name in the document.
        event_path: its dotted name in the event.
        must_agree: whether another event of the same record must say the same.
        is_amount: whether it holds the record's amount of money.
    """

    path: str
    event_path: str
    kind: FieldKind
    required: bool
    must_agree: bool
    is_amount: bool = False


SampleEvent = Callable[[Random, int], dict[str, Any]]
"""Makes a whole, valid event without its identity; two numbers never make events of the same record."""


@dataclass(frozen=True, eq=False)
class Contract:
    """Which events a deployment recovers.

    Attributes:
        name: stands in ledger, registry and evidence, and as the queue's tag ``reclaim:contract``.
        event: the event as a pydantic model, made of `reclaim.contracts.fields`.
        event_type, version: the fields that say what an event is.
        event_id, occurred_at, record_key, identity_path: where these stand in the event, as dotted paths. The type of
            the record key must have a pattern.
        identity: how a missing identity is derived, and what form an existing one has.
        collection: where records are; their `_id` is the record key.
        identity_field: the document's field that holds the identity; unique.
        document: the other fields of the document, each with the path in the event that it comes from.
        must_agree: the fields of the document in which all events of a record must agree.
        words: what people see.
        money: where the event says what the record is worth; None for a contract without money.
        revenue: None for a contract without a revenue side.
        source_queue, dead_letter_queue, checklist, repair_rules: used unless the settings name others.
        sample_event: makes events for the outage generator; None where outages cannot be staged.

    Raises:
        ContractError: parts of it contradict each other.
    """

    name: str
    event: type[BaseModel]
    event_type: FixedField
    version: FixedField
    event_id: str
    occurred_at: str
    record_key: str
    identity_path: str
    identity: IdentityScheme
    collection: str
    identity_field: str
    document: Mapping[str, str]
    must_agree: tuple[str, ...]
    words: Words
    source_queue: str
    dead_letter_queue: str
    money: MoneyFields | None = None
    revenue: Revenue | None = None
    checklist: str = "ops/ownership.yaml"
    repair_rules: str | None = None
    sample_event: SampleEvent | None = None

    def __post_init__(self) -> None:
        """Refuse what could only fail later, in the middle of a run."""
        for problem in self._problems():
            raise ContractError(f"contract {self.name!r}: {problem}")

    @cached_property
    def event_fields(self) -> tuple[str, ...]:
        """Every field of the event that the contract names, as dotted paths, in the order of the model."""
        return tuple(path for path, _ in _leaves(self.event))

    @cached_property
    def document_fields(self) -> tuple[DocumentField, ...]:
        """The document's fields that come from the event, in the document's order."""
        leaves = dict(_leaves(self.event))
        amount = self.money.amount if self.money else None
        return tuple(
            DocumentField(
                path=name + path.removeprefix(source),
                event_path=path,
                kind=kind_of(info),
                required=info.is_required(),
                must_agree=name in self.must_agree,
                is_amount=path == amount,
            )
            for name, source in self.document.items()
            for path, info in leaves.items()
            if path == source or path.startswith(f"{source}.")
        )

    @cached_property
    def key_kind(self) -> FieldKind:
        """The form of a record key."""
        return kind_of(dict(_leaves(self.event))[self.record_key])

    def differences(self, one: Mapping[str, Any], other: Mapping[str, Any]) -> list[DocumentField]:
        """The fields that must agree and do not, of two sets of document fields."""
        return [
            leaf
            for leaf in self.document_fields
            if leaf.must_agree and not self._agree(leaf, value_at(one, leaf.path), value_at(other, leaf.path))
        ]

    def _agree(self, leaf: DocumentField, one: Any, other: Any) -> bool:  # noqa: ANN401
        if leaf.kind.name == "decimal":
            try:
                return Decimal(one) == Decimal(other)
            except (InvalidOperation, TypeError, ValueError):
                return False
        return bool(one == other) and isinstance(one, bool) is isinstance(other, bool)

    def minor_units(self, amount: Any, currency: str) -> int | None:  # noqa: ANN401
        """An amount of the event in minor units; None where it is finer than the currency's, or too large to keep."""
        if self.money is None or self.money.unit is AmountUnit.MINOR:
            return int(amount)
        try:
            return self.money.unit.read(amount, currency)
        except ValueError:
            return None

    def require_revenue(self) -> Revenue:
        """The revenue side.

        Raises:
            UsageError: the contract has none.
        """
        if self.revenue is None:
            raise UsageError(
                f"The contract {self.name} has no revenue side, so there is nothing to reconcile; nothing was touched.",
                "RECLAIM_CONTRACT names the contract; only one that declares applications and charges can be audited.",
            )
        return self.revenue

    def _problems(self) -> Iterator[str]:
        if not _NAME.fullmatch(self.name):
            yield "its name must be lower-case letters, digits and _, and begin with a letter"
        if not _COLLECTION.fullmatch(self.collection) or self.collection in _RESERVED_COLLECTIONS:
            yield f"its collection cannot be {self.collection!r}"
        if not self.identity.prefix or not self.identity.hmac_context:
            yield "its identity scheme needs a prefix and an HMAC context"
        leaves = dict(_leaves(self.event))
        yield from self._event_problems(leaves)
        yield from self._document_problems(leaves)
        if self.revenue:
            yield from self._revenue_problems(self.revenue)

    def _event_problems(self, leaves: Mapping[str, FieldInfo]) -> Iterator[str]:
        named = {
            "event_type": self.event_type.path,
            "version": self.version.path,
            "event_id": self.event_id,
            "occurred_at": self.occurred_at,
            "record_key": self.record_key,
            "identity_path": self.identity_path,
        }
        if self.money:
            named |= {"money.amount": self.money.amount, "money.currency": self.money.currency}
        for what, path in named.items():
            if path not in leaves:
                yield f"{what} is {path!r}, which the event model does not have"
        if self.record_key in leaves and not kind_of(leaves[self.record_key]).pattern:
            yield f"the type of its record key {self.record_key!r} needs a pattern (reclaim.contracts.fields.pattern)"

    def _document_problems(self, leaves: Mapping[str, FieldInfo]) -> Iterator[str]:
        for name, source in self.document.items():
            if name in _RESERVED_FIELDS or name == self.identity_field:
                yield f"the document's field {name!r} is written by Reclaim itself"
            if not any(path == source or path.startswith(f"{source}.") for path in leaves):
                yield f"the document's field {name!r} comes from {source!r}, which the event model does not have"
        for name in self.must_agree:
            if name not in self.document:
                yield f"must_agree names {name!r}, which is no field of the document"

    def _revenue_problems(self, revenue: Revenue) -> Iterator[str]:
        sides = (revenue.applications, revenue.charges)
        names = [one.name for one in sides]
        for name in names:
            if not _COLLECTION.fullmatch(name) or name in _RESERVED_COLLECTIONS or name == self.collection:
                yield f"a collection of its revenue side cannot be {name!r}"
        if names[0] == names[1]:
            yield "applications and charges must be in two collections"
        for one in sides:
            fields = (one.record_key, one.at, one.reference, one.amount, one.currency)
            if len({*fields, "_id"}) <= len(fields) or not all(map(_FIELD.fullmatch, fields)):
                yield f"the fields of {one.name!r} must be five different names at the top of its documents"


def kind_of(info: FieldInfo) -> FieldKind:
    """The kind of a field of an event model."""
    found = next((one for one in info.metadata if isinstance(one, FieldKind)), None)
    return found or FieldKind("text" if info.annotation is str else "any")


def value_at(document: Any, path: str) -> Any:  # noqa: ANN401  (a document holds any value)
    """What is at a dotted path in nested mappings; None where there is nothing."""
    for part in path.split("."):
        document = document.get(part) if isinstance(document, Mapping) else None
    return document


def _leaves(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, FieldInfo]]:
    for name, info in model.model_fields.items():
        inner = info.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from _leaves(inner, f"{prefix}{name}.")
        else:
            yield prefix + name, info
