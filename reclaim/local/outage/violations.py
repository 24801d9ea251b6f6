"""JSON that is not the event: each way in which a body can break the schema."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from reclaim.local.outage.drafts import Draft

Violate = Callable[[Draft], object]


def violation(draft: Draft, turn: int) -> tuple[object, bool]:
    """A payload that breaks the schema in the way of `turn`, and whether it still names its client."""
    if turn % 2 == 0:
        return _NAMING[turn // 2 % len(_NAMING)](draft), True
    return _NAMELESS[turn // 2 % len(_NAMELESS)](draft), False


def _with_client(draft: Draft, **changes: object) -> dict[str, Any]:
    payload = draft.payload()
    payload["client"] |= changes
    return payload


def _with_billing(draft: Draft, **changes: object) -> dict[str, Any]:
    payload = draft.payload()
    payload["client"]["billing"] |= changes
    return payload


def _float_rate(draft: Draft) -> object:
    return _with_billing(draft, rate_minor=draft.profile.rate_minor + 0.5)


def _whole_float_rate(draft: Draft) -> object:
    return _with_billing(draft, rate_minor=float(draft.profile.rate_minor))


def _text_rate(draft: Draft) -> object:
    return _with_billing(draft, rate_minor=str(draft.profile.rate_minor))


def _negative_rate_and_formula(draft: Draft) -> object:
    payload = _with_client(draft, name='=HYPERLINK("https://example.invalid/","click")')
    payload["client"]["billing"]["rate_minor"] = -1
    return payload


def _unknown_currency(draft: Draft) -> object:
    return _with_billing(draft, currency="ZZZ")


def _small_currency(draft: Draft) -> object:
    return _with_billing(draft, currency=draft.profile.currency.lower())


def _no_billing_and_markup(draft: Draft) -> object:
    payload = _with_client(draft, name="<script>fetch('//example.invalid')</script>")
    del payload["client"]["billing"]
    return payload


def _wrong_tracking_id(draft: Draft) -> object:
    return _with_client(draft, tracking_id="trk_" + "ILOU" * 6 + "il")


def _local_time(draft: Draft) -> object:
    return draft.payload() | {"occurred_at": draft.occurred_at.strftime("%Y-%m-%dT%H:%M:%S")}


def _operators(draft: Draft) -> object:
    return _with_client(draft, billing={"$gt": 0, "rate.minor": 1, "__proto__": {"currency": "USD"}})


def _empty_name(draft: Draft) -> object:
    return _with_client(draft, name="")


def _array(draft: Draft) -> object:
    return [draft.payload()]


def _markup_client_id(draft: Draft) -> object:
    return _with_client(draft, client_id=f"{draft.profile.client_id} <b>")


def _query_client_id(draft: Draft) -> object:
    return _with_client(draft, client_id={"$ne": draft.profile.client_id})


def _long_client_id(draft: Draft) -> object:
    return _with_client(draft, client_id=draft.profile.client_id.ljust(129, "x"))


def _text(draft: Draft) -> object:
    return f"=1+1 {draft.event_id}"


def _no_client(draft: Draft) -> object:
    payload = draft.payload()
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
