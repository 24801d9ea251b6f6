"""Reads a body as a contract's event, or says why it is none. Reading never raises."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from operator import attrgetter
from typing import Any

from pydantic import BaseModel, ValidationError

from reclaim.contracts.contract import Contract, value_at
from reclaim.model.envelope import MalformedJson, PayloadUnavailable, UnreadableEnvelope, open_body
from reclaim.model.event import Amount, Event, Rejection
from reclaim.model.outcome import Cause


def read_event(body: str, contract: Contract) -> Event | Rejection:
    """Read `body` as an event of `contract`. Never raises: a bad one becomes a `Rejection`, an outcome like any other."""
    try:
        opened = open_body(body, contract.event_type.path)
    except MalformedJson as error:
        return Rejection(Cause.MALFORMED_JSON, str(error))
    except UnreadableEnvelope as error:
        return Rejection(Cause.UNREADABLE_ENVELOPE, str(error), envelope=error.envelope)
    except PayloadUnavailable as error:
        return Rejection(Cause.PAYLOAD_UNAVAILABLE, str(error), envelope="s3_pointer")
    return _read_payload(opened.payload, opened.envelope, contract)


def _read_payload(payload: Any, envelope: str, contract: Contract) -> Event | Rejection:  # noqa: ANN401
    def reject(cause: Cause, detail: str, event_type: str = "") -> Rejection:
        return Rejection(cause, detail, _named_record(payload, contract), envelope, event_type)

    if not isinstance(payload, dict):
        return reject(Cause.SCHEMA_VIOLATION, f"the body is {_json_type(payload)}, not an object")
    wanted, required = contract.event_type, contract.version
    event_type, version = value_at(payload, wanted.path), value_at(payload, required.path)
    if isinstance(event_type, str) and event_type != wanted.value:
        return reject(Cause.UNSUPPORTED_EVENT_TYPE, f"{wanted.path} is not {wanted.value}", event_type)
    if type(version) is type(required.value) and version != required.value:
        return reject(Cause.UNSUPPORTED_SCHEMA_VERSION, f"{required.path} is not {required.value}")
    try:
        event = contract.event.model_validate(payload)
    except ValidationError as error:
        return reject(Cause.SCHEMA_VIOLATION, _sentences(error))
    return _reader(contract)(event, envelope)


@cache
def _reader(contract: Contract) -> Callable[[BaseModel, str], Event]:
    """What takes a valid event apart; made once for each contract, because it runs once for each message."""
    event_id, occurred_at = attrgetter(contract.event_id), attrgetter(contract.occurred_at)
    record_key, identity = attrgetter(contract.record_key), attrgetter(contract.identity_path)
    sources = [(name, attrgetter(path)) for name, path in contract.document.items()]
    money = contract.money
    amount = attrgetter(money.amount, money.currency) if money else None

    def read(event: BaseModel, envelope: str) -> Event:
        minor, currency = None, ""
        if amount:
            stated, currency = amount(event)
            minor = contract.minor_units(stated, currency)
        return Event(
            event_id=event_id(event),
            occurred_at=occurred_at(event),
            record_key=record_key(event),
            identity=identity(event) or None,
            fields={name: _declared(get(event)) for name, get in sources},
            amount=None if minor is None else Amount(minor, currency),
            envelope=envelope,
        )

    return read


def _declared(value: Any) -> Any:  # noqa: ANN401
    """A value of the event as the document holds it: of an object, the fields that the contract names."""
    if isinstance(value, BaseModel):
        return {name: _declared(getattr(value, name)) for name in type(value).model_fields}
    return value


def _named_record(payload: Any, contract: Contract) -> str | None:  # noqa: ANN401
    """The record that an unusable payload names all the same, so that its money can be found."""
    found = value_at(payload, contract.record_key)
    return found if isinstance(found, str) and re.fullmatch(contract.key_kind.pattern, found) else None


def _json_type(value: Any) -> str:  # noqa: ANN401
    names = {list: "an array", str: "a string", bool: "a boolean", type(None): "null"}
    return names.get(type(value), "a number")


def _sentences(error: ValidationError) -> str:
    """Where and what, never the offending value: bodies must not reach logs."""
    details = error.errors(include_url=False, include_context=False, include_input=False)
    return "; ".join(f"{'.'.join(map(str, d['loc']))}: {d['msg']}" for d in details)
