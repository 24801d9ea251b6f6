"""Reads a body as a contract's event, or says why it is none."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from operator import attrgetter
from typing import Any, Final

from pydantic import ValidationError

from reclaim.contracts.contract import Contract, MoneyFields, value_at
from reclaim.contracts.fields import EventPart, is_object
from reclaim.model.envelope import MalformedJson, Opened, PayloadUnavailable, UnreadableEnvelope, open_body
from reclaim.model.event import Amount, Event, Rejection
from reclaim.model.outcome import Cause

_JSON_TYPES: Final = {list: "an array", str: "a string", bool: "a boolean", type(None): "null"}


def read_event(body: str, contract: Contract) -> Event | Rejection:
    """Read `body` as an event of `contract`. Never raises: a bad one becomes a `Rejection`, like any other outcome."""
    try:
        opened = open_body(body, contract.event_type.path)
    except MalformedJson as error:
        return Rejection(Cause.MALFORMED_JSON, str(error))
    except UnreadableEnvelope as error:
        return Rejection(Cause.UNREADABLE_ENVELOPE, str(error), envelope=error.envelope)
    except PayloadUnavailable as error:
        return Rejection(Cause.PAYLOAD_UNAVAILABLE, str(error), envelope="s3_pointer")
    return _reader_of(contract).read(opened)


class _EventReader:
    """Reads the events of one contract. What its paths mean is worked out once, not for each message."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._validate = contract.event.model_validate
        self._named = re.compile(contract.key_kind.pattern).fullmatch
        model, money = contract.event, contract.money
        self._common = _values(
            model, contract.event_id, contract.occurred_at, contract.record_key, contract.identity_path
        )
        self._fields = _dictionary(model, contract.document)
        self._amount = _amount_getter(model, money) if money else None

    def read(self, opened: Opened) -> Event | Rejection:
        payload, envelope, contract = opened.payload, opened.envelope, self._contract
        if not isinstance(payload, dict):
            detail = f"the body is {_JSON_TYPES.get(type(payload), 'a number')}, not an object"
            return Rejection(Cause.SCHEMA_VIOLATION, detail, envelope=envelope)
        wanted = contract.event_type
        found = value_at(payload, wanted.path)
        if found != wanted.value and isinstance(found, str):
            detail = f"{wanted.path} is not {wanted.value}"
            return self._reject(opened, Cause.UNSUPPORTED_EVENT_TYPE, detail, event_type=found)
        wanted = contract.version
        found = value_at(payload, wanted.path)
        if found != wanted.value and type(found) is type(wanted.value):
            detail = f"{wanted.path} is not {wanted.value}"
            return self._reject(opened, Cause.UNSUPPORTED_SCHEMA_VERSION, detail)
        try:
            return self._event(self._validate(payload), envelope)
        except ValidationError as error:
            return self._reject(opened, Cause.SCHEMA_VIOLATION, _sentences(error))
        except Exception as error:  # noqa: BLE001  (a validator of the contract's author may raise anything)
            detail = f"the event model of {contract.name} raised {type(error).__name__}"
            return self._reject(opened, Cause.SCHEMA_VIOLATION, detail)

    def _event(self, event: EventPart, envelope: str) -> Event:
        event_id, occurred_at, record_key, identity = self._common(event)
        return Event(
            event_id=event_id,
            occurred_at=occurred_at,
            record_key=record_key,
            identity=identity or None,
            fields=self._fields(event),
            amount=self._amount(event) if self._amount else None,
            envelope=envelope,
        )

    def _reject(self, opened: Opened, cause: Cause, detail: str, event_type: str = "") -> Rejection:
        """A rejection that names the record where the payload does, so that its money can be found."""
        key = value_at(opened.payload, self._contract.record_key)
        record_key = key if isinstance(key, str) and self._named(key) else None
        return Rejection(cause, detail, record_key, opened.envelope, event_type)


_reader_of = cache(_EventReader)


def _values(model: type[EventPart], *paths: str) -> Callable[[EventPart], tuple[Any, ...]]:
    """What takes the values at two or more paths out of a valid event."""
    return attrgetter(*(_attribute(model, path)[0] for path in paths))


def _getter(model: type[EventPart], path: str) -> Callable[[EventPart], Any]:
    """What takes the value at `path` out of a valid event; an object comes as a dictionary with its names in JSON."""
    attribute, annotation = _attribute(model, path)
    if not is_object(annotation):
        return attrgetter(attribute)
    paths = {info.alias or name: f"{path}.{info.alias or name}" for name, info in annotation.model_fields.items()}
    return _dictionary(model, paths)


def _dictionary(model: type[EventPart], paths: Mapping[str, str]) -> Callable[[EventPart], dict[str, Any]]:
    """What makes a dictionary of the values at `paths`, by name."""
    attributes = [_attribute(model, path) for path in paths.values()]
    if len(paths) > 1 and not any(is_object(annotation) for _, annotation in attributes):
        names, values = tuple(paths), attrgetter(*(attribute for attribute, _ in attributes))
        return lambda event: dict(zip(names, values(event), strict=True))
    getters = [(name, _getter(model, path)) for name, path in paths.items()]
    return lambda event: {name: get(event) for name, get in getters}


def _amount_getter(model: type[EventPart], money: MoneyFields) -> Callable[[EventPart], Amount | None]:
    """What takes the amount out of a valid event: None where it is left out, or finer than the minor unit."""
    values, unit = _values(model, money.amount, money.currency), money.unit

    def read(event: EventPart) -> Amount | None:
        stated, currency = values(event)
        if type(stated) is int:  # the model has checked it: it counts minor units
            return Amount(stated, currency)
        try:
            return Amount(unit.read(stated, currency), currency)
        except ValueError:
            return None

    return read


def _attribute(model: type[EventPart], path: str) -> tuple[str, Any]:
    """The dotted attribute of the model that a path in the JSON stands for, and its type."""
    names: list[str] = []
    annotation: Any = model
    for part in path.split("."):
        fields = annotation.model_fields.items()
        name, info = next((name, info) for name, info in fields if (info.alias or name) == part)
        names.append(name)
        annotation = info.annotation
    return ".".join(names), annotation


def _sentences(error: ValidationError) -> str:
    """Where and what, never the offending value: bodies must not reach logs."""
    details = error.errors(include_url=False, include_context=False, include_input=False)
    return "; ".join(f"{'.'.join(map(str, d['loc']))}: {d['msg']}" for d in details)
