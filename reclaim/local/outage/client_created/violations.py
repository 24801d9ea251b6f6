"""JSON that is not a `client.created` event: each way in which a body can break the schema."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from reclaim.local.outage.events import Payload, StagedEvent, put, without


def violation(event: StagedEvent, turn: int) -> tuple[object, bool]:
    """A payload that breaks the schema in the way of `turn`, and whether it still names its client."""
    ways = _NAMELESS if turn % 2 else _NAMING
    return ways[turn // 2 % len(ways)](event), not turn % 2


def _with(event: StagedEvent, changes: dict[str, object], lacking: str = "") -> Payload:
    for path, value in changes.items():
        put(event.payload, path, value)
    if lacking:
        without(event.payload, lacking)
    return event.payload


def _rate(event: StagedEvent) -> Any:  # noqa: ANN401
    return event.payload["client"]["billing"]["rate_minor"]


_RATE: Final = "client.billing.rate_minor"
_CURRENCY: Final = "client.billing.currency"
_NAME: Final = "client.name"
_KEY: Final = "client.client_id"

_OPERATORS: Final = {"$gt": 0, "rate.minor": 1, "__proto__": {"currency": "USD"}}
_FORMULA: Final = '=HYPERLINK("https://example.invalid/","click")'
_MARKUP: Final = "<script>fetch('//example.invalid')</script>"

Violate = Callable[[StagedEvent], object]

_NAMING: Final[tuple[Violate, ...]] = (
    lambda event: _with(event, {_RATE: _rate(event) + 0.5}),
    lambda event: _with(event, {_CURRENCY: "ZZZ"}),
    lambda event: _with(event, {_NAME: _MARKUP}, lacking="client.billing"),
    lambda event: _with(event, {"client.tracking_id": "trk_" + "ILOU" * 6 + "il"}),
    lambda event: _with(event, {_NAME: _FORMULA, _RATE: -1}),
    lambda event: _with(event, {"client.billing": _OPERATORS}),
    lambda event: _with(event, {_RATE: float(_rate(event))}),
    lambda event: _with(event, {_RATE: str(_rate(event))}),
    lambda event: _with(event, {_CURRENCY: event.record.fields["billing"]["currency"].lower()}),
    lambda event: _with(event, {"occurred_at": event.occurred_at.strftime("%Y-%m-%dT%H:%M:%S")}),
    lambda event: _with(event, {_NAME: ""}),
)
_NAMELESS: Final[tuple[Violate, ...]] = (
    lambda event: [event.payload],
    lambda event: _with(event, {_KEY: f"{event.record.key} <b>"}),
    lambda event: _with(event, {_KEY: {"$ne": event.record.key}}),
    lambda event: _with(event, {}, lacking="client"),
    lambda event: f"=1+1 {event.payload['event_id']}",
    lambda event: _with(event, {_KEY: event.record.key.ljust(129, "x")}),
)
