"""A contract: which events a deployment recovers, as one value that everything else works from.

To recover another event, write one module that holds a `Contract`, as `examples/order_created/contract.py` does, and
name it in RECLAIM_CONTRACT. Paths are dotted and use the names that are in the event's JSON: ``data.total``. Where such
a name is not one in Python, give the model's field an alias: ``detail_type: Text = Field(alias="detail-type")``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cached_property
from random import Random
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from reclaim.contracts.amounts import AmountUnit
from reclaim.contracts.fields import EventPart, FieldKind, MayLack, is_nullable, kind_of, leaves_of
from reclaim.model.errors import UsageError
from reclaim.model.identity import IdentityScheme

_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")
_COLLECTION: Final = re.compile(r"(?!system\.)[A-Za-z][A-Za-z0-9_.-]{0,100}")
_FIELD: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,100}")
_RESERVED_COLLECTIONS: Final = frozenset({"dead_letters", "recovery_runs", "evidence", "watches", "reclaim_schema"})
_RESERVED_FIELDS: Final = frozenset({"_id", "created_at", "source_event_id", "recovery"})


class ContractError(ValueError):
    """A contract that contradicts itself; the message says where."""


@dataclass(frozen=True, slots=True)
class FixedField:
    """A field that has the same value in every event of the contract: the event's type, its version."""

    path: str
    value: str | int


@dataclass(frozen=True, slots=True)
class MoneyFields:
    """Where an event says what one unit of business with its record is worth.

    Attributes:
        amount: the amount's path in the event; a `MinorUnits` or a `DecimalAmount`, as `unit` says.
        currency: the path of its `CurrencyCode`.
    """

    amount: str
    currency: str
    unit: AmountUnit = AmountUnit.MINOR


@dataclass(frozen=True, slots=True)
class RevenueCollection:
    """One collection of the revenue side; the attributes name fields at the top of its documents.

    Attributes:
        name: the collection.
        record_key: the key of the record that a document belongs to.
        at: when it happened.
        reference: of an application, the field with the identity; of a charge, the field with the application's `_id`.
        amount: the price, or what was charged; `Revenue.unit` says in which unit.
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
        record_name: the field of a record's document by which finance knows it, as a dotted path.
    """

    applications: RevenueCollection
    charges: RevenueCollection
    unit: AmountUnit = AmountUnit.MINOR
    record_name: str = "name"


@dataclass(frozen=True, slots=True)
class Words:
    """What people call a record and its identity, singular and plural; these stand on pages and on the terminal."""

    record: str
    records: str
    identity: str
    identities: str


@dataclass(frozen=True, slots=True)
class DocumentField:
    """A field of the record's document that comes from the event and is no object.

    Attributes:
        path: its dotted name in the document.
        event_path: its dotted name in the event.
        required: whether every event has a value for it.
        must_agree: whether all events of a record must have the same value.
        is_amount: whether it holds the record's amount of money.
    """

    path: str
    event_path: str
    kind: FieldKind
    required: bool
    must_agree: bool
    is_amount: bool = False

    def agrees(self, one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
        """Whether two sets of document fields have the same value here; amounts are compared as numbers."""
        left, right = value_at(one, self.path), value_at(other, self.path)
        if left == right:
            return isinstance(left, bool) is isinstance(right, bool)
        if self.kind.name != "decimal":
            return False
        try:
            return Decimal(left) == Decimal(right)
        except (InvalidOperation, TypeError, ValueError):
            return False


SampleEvent = Callable[[Random, int], dict[str, Any]]
"""Makes a whole, valid event without its identity; two numbers never make events of the same record."""


@dataclass(frozen=True, eq=False)
class Contract:
    """Which events a deployment recovers.

    Attributes:
        name: stands in ledger, registry and evidence, and as the queue's tag ``reclaim:contract``; lower-case letters,
            digits and ``_``.
        event: the event as a model made of `EventPart` and the types of `reclaim.contracts.fields`.
        event_type, version: the fields that say what an event is.
        event_id, occurred_at, record_key: where these stand in the event. The event ID is a `Text`, the time a
            `Moment`, the type of the record key has a `pattern`.
        identity_path: where the identity stands; its type is ``Annotated[str | None, MayLack(identity)]``.
        identity: how a missing identity is derived, and what form an existing one has.
        collection: where records are; their `_id` is the record key.
        identity_field: the document's field that holds the identity; unique.
        document: the other fields of the document, each with the path in the event that it comes from: a field or a
            whole object.
        must_agree: the fields of the document in which all events of a record must agree. An event that does not is
            quarantined; the other fields stay as the first event had them.
        words: what people see.
        money: where the event says what the record is worth; None for a contract without money.
        revenue: what `reclaim reconcile` audits; None for a contract without a revenue side.
        source_queue, dead_letter_queue: used unless the settings name others.
        checklist, repair_rules: files, likewise; beside the contract's module, else in the current folder or project.
        sample_event: makes events for ``reclaim seed`` and ``reclaim demo``; None where outages cannot be staged.

    Raises:
        ContractError: parts of it contradict each other.
    """

    name: str
    event: type[EventPart]
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
        """Refuse what would otherwise fail in the middle of a run."""
        for problem in self._problems():
            raise ContractError(f"contract {self.name!r}: {problem}")

    @cached_property
    def event_fields(self) -> tuple[str, ...]:
        """The path of every field of the event that is no object, in the order of the model."""
        return tuple(self._leaves)

    @cached_property
    def document_fields(self) -> tuple[DocumentField, ...]:
        """The document's fields that come from the event, in the document's order."""
        amount = self.money.amount if self.money else None
        return tuple(
            DocumentField(
                path=name + path.removeprefix(source),
                event_path=path,
                kind=kind_of(info) or FieldKind("any"),
                required=info.is_required() and not is_nullable(info),
                must_agree=name in self.must_agree,
                is_amount=path == amount,
            )
            for name, source in self.document.items()
            for path, info in self._below(source)
        )

    @cached_property
    def key_kind(self) -> FieldKind:
        """The form of a record key."""
        return kind_of(self._leaves[self.record_key]) or FieldKind("any")

    def differences(self, one: Mapping[str, Any], other: Mapping[str, Any]) -> list[DocumentField]:
        """The fields that must agree and do not, of two sets of document fields."""
        # Nearly always the fields agree as a whole; then only a number can differ: True equals 1 in Python.
        alike = all(one.get(name) == other.get(name) for name in self.must_agree)
        leaves = self._agreeing_numbers if alike else self._agreeing
        return [leaf for leaf in leaves if not leaf.agrees(one, other)]

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

    @cached_property
    def _agreeing(self) -> tuple[DocumentField, ...]:
        return tuple(leaf for leaf in self.document_fields if leaf.must_agree)

    @cached_property
    def _agreeing_numbers(self) -> tuple[DocumentField, ...]:
        return tuple(leaf for leaf in self._agreeing if leaf.kind.name in {"minor_units", "any"})

    @cached_property
    def _leaves(self) -> dict[str, FieldInfo]:
        return dict(leaves_of(self.event))

    def _below(self, source: str) -> list[tuple[str, FieldInfo]]:
        """The field at a path of the event, or all fields of the object there."""
        return [(path, info) for path, info in self._leaves.items() if path == source or path.startswith(f"{source}.")]

    # --- what can be wrong with a contract ---------------------------------------------------------------------

    def _problems(self) -> Iterator[str]:
        """What is wrong, each as a clause that completes "contract 'x': …"."""
        if not _NAME.fullmatch(self.name):
            yield "its name must be lower-case letters, digits and _, and begin with a letter"
        if not _COLLECTION.fullmatch(self.collection) or self.collection in _RESERVED_COLLECTIONS:
            yield f"its collection cannot be {self.collection!r}"
        if not self.identity.prefix or not self.identity.hmac_context:
            yield "its identity scheme needs a prefix and an HMAC context"
        yield from self._event_problems()
        yield from self._document_problems()
        if self.revenue:
            yield from self._revenue_problems(self.revenue)

    def _event_problems(self) -> Iterator[str]:
        for what, path, kinds, form in self._named_fields():
            if path not in self._leaves:
                yield f"{what} is {path!r}, which the event model does not have"
            elif kinds and getattr(kind_of(self._leaves[path]), "name", "") not in kinds:
                yield f"{what} {path!r} must be {form} (reclaim.contracts.fields)"
        for fixed in (self.event_type, self.version):
            if fixed.path in self._leaves and not _accepts(self._leaves[fixed.path], fixed.value):
                yield f"the event model refuses {fixed.value!r} as {fixed.path!r}"
        lacking = self._leaves.get(self.identity_path)
        if lacking and MayLack(self.identity) not in lacking.metadata:
            yield f"the type of {self.identity_path!r} must be Annotated[str | None, MayLack(identity)]"

    def _named_fields(self) -> Iterator[tuple[str, str, tuple[str, ...], str]]:
        """Each field of the event that the contract names: what for, its path, the kinds it may have, and in words."""
        yield "event_type", self.event_type.path, (), ""
        yield "version", self.version.path, (), ""
        yield "event_id", self.event_id, ("text", "pattern"), "a Text"
        yield "occurred_at", self.occurred_at, ("moment",), "a Moment"
        yield "record_key", self.record_key, ("pattern",), "a str with a pattern"
        yield "identity_path", self.identity_path, (), ""
        if self.money:
            in_minor = self.money.unit is AmountUnit.MINOR
            kind, form = ("minor_units", "MinorUnits") if in_minor else ("decimal", "a DecimalAmount")
            yield "money.amount", self.money.amount, (kind,), form
            yield "money.currency", self.money.currency, ("currency",), "a CurrencyCode"

    def _document_problems(self) -> Iterator[str]:
        for name in (*self.document, self.identity_field):
            if not _FIELD.fullmatch(name):
                yield f"a field of the document cannot be called {name!r}"
            if name in _RESERVED_FIELDS or (name == self.identity_field and name in self.document):
                yield f"the document's field {name!r} is written by Reclaim itself"
        for name, source in self.document.items():
            if not (taken := self._below(source)):
                yield f"the document's field {name!r} comes from {source!r}, which the event model does not have"
            for path, info in taken:
                if kind_of(info) is None:
                    yield f"the document takes {path!r}, whose type is not one of reclaim.contracts.fields"
        for name in self.must_agree:
            if name not in self.document:
                yield f"must_agree names {name!r}, which is not a field of the document"

    def _revenue_problems(self, revenue: Revenue) -> Iterator[str]:
        collections = (revenue.applications, revenue.charges)
        for one in collections:
            name = one.name
            if not _COLLECTION.fullmatch(name) or name in _RESERVED_COLLECTIONS or name == self.collection:
                yield f"a collection of its revenue side cannot be {name!r}"
            fields = (one.record_key, one.at, one.reference, one.amount, one.currency)
            if len({*fields, "_id"}) <= len(fields) or not all(map(_FIELD.fullmatch, fields)):
                yield f"the fields of {name!r} must be five different names at the top of its documents"
        if revenue.applications.name == revenue.charges.name:
            yield "applications and charges must be in two collections"


def value_at(document: Any, path: str, absent: object = None) -> Any:  # noqa: ANN401  (a document holds any value)
    """What is at a dotted path in nested dictionaries; `absent` where there is nothing."""
    for part in path.split("."):
        if not isinstance(document, dict):
            return absent
        document = document.get(part, absent)
    return document


def _accepts(info: FieldInfo, value: object) -> bool:
    try:
        TypeAdapter(info.rebuild_annotation()).validate_python(value, strict=True)
    except ValidationError:
        return False
    return True
