"""The `client.created` event: what a body must be to be repaired, and why it cannot be where it is not.

Reading a body never raises: a bad one becomes a `Rejection`, an outcome like any other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)

from reclaim.model.clock import to_milliseconds
from reclaim.model.envelope import RAW, MalformedJson, PayloadUnavailable, UnreadableEnvelope, open_body
from reclaim.model.identity import is_tracking_id
from reclaim.model.outcome import Cause
from reclaim.model.record import Billing
from reclaim.text.money import MAX_MINOR, is_currency

SCHEMA_VERSION: Final = 1
EVENT_TYPE: Final = "client.created"
CLIENT_ID_PATTERN: Final = r"^[A-Za-z0-9_.:-]{1,128}$"

_CLIENT_ID = re.compile(r"[A-Za-z0-9_.:-]{1,128}")
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)")


@dataclass(frozen=True, slots=True)
class ClientCreated:
    """An event that can be repaired.

    Attributes:
        occurred_at: UTC, cut to milliseconds.
        tracking_id: the ID it carries; None where it is absent, null or empty (the defect).
        envelope: the kind of envelope it came in, ``raw`` for none.
    """

    event_id: str
    occurred_at: datetime
    client_id: str
    name: str
    country: str
    billing: Billing
    tracking_id: str | None
    envelope: str = RAW


@dataclass(frozen=True, slots=True)
class Rejection:
    """A body that can never succeed as it is.

    Attributes:
        detail: what is wrong and where, without any of the body's values.
        client_id: the client it names, where it names one.
    """

    cause: Cause
    detail: str
    client_id: str | None = None
    envelope: str = RAW


def read_event(body: str) -> ClientCreated | Rejection:
    """Read `body` as a `client.created` event, or say why it is none. Never raises."""
    try:
        opened = open_body(body)
    except MalformedJson as error:
        return Rejection(Cause.MALFORMED_JSON, str(error))
    except UnreadableEnvelope as error:
        return Rejection(Cause.UNREADABLE_ENVELOPE, str(error), envelope=error.envelope)
    except PayloadUnavailable as error:
        return Rejection(Cause.PAYLOAD_UNAVAILABLE, str(error), envelope="s3_pointer")
    return _read_payload(opened.payload, opened.envelope)


def contract_fields() -> tuple[str, ...]:
    """Every field that `read_event` reads, as dotted paths, in the order of the contract."""
    return tuple(_leaves(_Event))


def _leaves(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from _leaves(inner, f"{prefix}{name}.")
        else:
            yield prefix + name


def _read_payload(payload: Any, envelope: str) -> ClientCreated | Rejection:  # noqa: ANN401
    def reject(cause: Cause, detail: str) -> Rejection:
        return Rejection(cause, detail, _named_client(payload), envelope)

    if not isinstance(payload, dict):
        return reject(Cause.SCHEMA_VIOLATION, f"the body is {_json_type(payload)}, not an object")
    event_type, version = payload.get("event_type"), payload.get("schema_version")
    if isinstance(event_type, str) and event_type != EVENT_TYPE:
        return reject(Cause.UNSUPPORTED_EVENT_TYPE, f"event_type is not {EVENT_TYPE}")
    if isinstance(version, int) and not isinstance(version, bool) and version != SCHEMA_VERSION:
        return reject(Cause.UNSUPPORTED_SCHEMA_VERSION, f"schema_version is not {SCHEMA_VERSION}")
    try:
        event = _Event.model_validate(payload)
    except ValidationError as error:
        return reject(Cause.SCHEMA_VIOLATION, _sentences(error))
    return event.as_value(envelope)


def _named_client(payload: Any) -> str | None:  # noqa: ANN401
    """The client that an unusable payload names all the same, so that its money can be found."""
    client = payload.get("client") if isinstance(payload, dict) else None
    client_id = client.get("client_id") if isinstance(client, dict) else None
    return client_id if isinstance(client_id, str) and _CLIENT_ID.fullmatch(client_id) else None


def _json_type(value: Any) -> str:  # noqa: ANN401
    names = {list: "an array", str: "a string", bool: "a boolean", type(None): "null"}
    return names.get(type(value), "a number")


def _sentences(error: ValidationError) -> str:
    """Where and what, never the offending value: bodies must not reach logs."""
    details = error.errors(include_url=False, include_context=False, include_input=False)
    return "; ".join(f"{'.'.join(map(str, d['loc']))}: {d['msg']}" for d in details)


def _client_id(value: str) -> str:
    if not _CLIENT_ID.fullmatch(value):
        raise ValueError("must be 1 to 128 letters, digits, _ . : or -")
    return value


def _currency(value: str) -> str:
    if not is_currency(value):
        raise ValueError("must be an ISO 4217 code in capitals")
    return value


def _moment(value: Any) -> datetime:  # noqa: ANN401
    if not isinstance(value, str) or not _RFC3339.fullmatch(value):
        raise ValueError("must be an RFC 3339 time with an offset")
    try:
        return to_milliseconds(datetime.fromisoformat(value).astimezone(UTC))
    except (ValueError, OverflowError) as error:
        raise ValueError("must be a time that exists") from error


def _tracking_id(value: str | None) -> str | None:
    if not value:
        return None
    if not is_tracking_id(value):
        raise ValueError("must be absent, null, empty or of the form trk_ and 26 base32 characters")
    return value


_Text = Annotated[str, StringConstraints(min_length=1, max_length=1024)]


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="allow")


class _Billing(_Strict):
    model: _Text
    rate_minor: Annotated[int, Field(ge=0, le=MAX_MINOR)]
    currency: Annotated[str, AfterValidator(_currency)]


class _Client(_Strict):
    client_id: Annotated[str, AfterValidator(_client_id)]
    name: _Text
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
    billing: _Billing
    tracking_id: Annotated[str | None, AfterValidator(_tracking_id)] = None


class _Event(_Strict):
    # Not Literal[1]: that takes true and 1.0 as well, which equal 1 in Python.
    schema_version: Annotated[int, Field(ge=SCHEMA_VERSION, le=SCHEMA_VERSION)]
    event_type: Literal["client.created"]
    event_id: _Text
    occurred_at: Annotated[datetime, BeforeValidator(_moment)]
    client: _Client

    def as_value(self, envelope: str) -> ClientCreated:
        client, billing = self.client, self.client.billing
        return ClientCreated(
            event_id=self.event_id,
            occurred_at=self.occurred_at,
            client_id=client.client_id,
            name=client.name,
            country=client.country,
            billing=Billing(billing.model, billing.rate_minor, billing.currency),
            tracking_id=client.tracking_id,
            envelope=envelope,
        )
