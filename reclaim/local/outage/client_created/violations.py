"""JSON that is not a `client.created` event: each way in which a body can break the schema."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from reclaim.local.outage.events import Payload, StagedEvent

Violate = Callable[[StagedEvent], object]


def violation(event: StagedEvent, turn: int) -> tuple[object, bool]:
    """A payload that breaks the schema in the way of `turn`, and whether it still names its client."""
    if turn % 2 == 0:
        return _NAMING[turn // 2 % len(_NAMING)](event), True
    return _NAMELESS[turn // 2 % len(_NAMELESS)](event), False


def _billing(event: StagedEvent) -> dict[str, Any]:
    found: dict[str, Any] = event.payload["client"]["billing"]
    return found


def _with_client(event: StagedEvent, **changes: object) -> Payload:
    event.payload["client"] |= changes
    return event.payload


def _with_billing(event: StagedEvent, **changes: object) -> Payload:
    _billing(event).update(changes)
    return event.payload


def _float_rate(event: StagedEvent) -> object:
    return _with_billing(event, rate_minor=_billing(event)["rate_minor"] + 0.5)


def _whole_float_rate(event: StagedEvent) -> object:
    return _with_billing(event, rate_minor=float(_billing(event)["rate_minor"]))


def _text_rate(event: StagedEvent) -> object:
    return _with_billing(event, rate_minor=str(_billing(event)["rate_minor"]))


def _negative_rate_and_formula(event: StagedEvent) -> object:
    payload = _with_client(event, name='=HYPERLINK("https://example.invalid/","click")')
    payload["client"]["billing"]["rate_minor"] = -1
    return payload


def _unknown_currency(event: StagedEvent) -> object:
    return _with_billing(event, currency="ZZZ")


def _small_currency(event: StagedEvent) -> object:
    return _with_billing(event, currency=_billing(event)["currency"].lower())


def _no_billing_and_markup(event: StagedEvent) -> object:
    payload = _with_client(event, name="<script>fetch('//example.invalid')</script>")
    del payload["client"]["billing"]
    return payload


def _wrong_tracking_id(event: StagedEvent) -> object:
    return _with_client(event, tracking_id="trk_" + "ILOU" * 6 + "il")


def _local_time(event: StagedEvent) -> object:
    return event.payload | {"occurred_at": event.occurred_at.strftime("%Y-%m-%dT%H:%M:%S")}


def _operators(event: StagedEvent) -> object:
    return _with_client(event, billing={"$gt": 0, "rate.minor": 1, "__proto__": {"currency": "USD"}})


def _empty_name(event: StagedEvent) -> object:
    return _with_client(event, name="")


def _array(event: StagedEvent) -> object:
    return [event.payload]


def _markup_client_id(event: StagedEvent) -> object:
    return _with_client(event, client_id=f"{event.record.key} <b>")


def _query_client_id(event: StagedEvent) -> object:
    return _with_client(event, client_id={"$ne": event.record.key})


def _long_client_id(event: StagedEvent) -> object:
    return _with_client(event, client_id=event.record.key.ljust(129, "x"))


def _text(event: StagedEvent) -> object:
    return f"=1+1 {event.payload['event_id']}"


def _no_client(event: StagedEvent) -> object:
    payload = event.payload
    del payload["client"]
    return payload


_NAMING: Final[tuple[Violate, ...]] = (
    _float_rate,
    _unknown_currency,
    _no_billing_and_markup,
    _wrong_tracking_id,
    _negative_rate_and_formula,
    _operators,
    _whole_float_rate,
    _text_rate,
    _small_currency,
    _local_time,
    _empty_name,
)
_NAMELESS: Final[tuple[Violate, ...]] = (
    _array,
    _markup_client_id,
    _query_client_id,
    _no_client,
    _text,
    _long_client_id,
)
