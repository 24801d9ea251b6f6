"""Recovers the `order.created` event of a shop that lost its order tokens."""

from __future__ import annotations

from random import Random
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from reclaim.contracts.amounts import AmountUnit
from reclaim.contracts.contract import Contract, FixedField, MoneyFields, Words
from reclaim.contracts.fields import CurrencyCode, DecimalAmount, EventPart, MayLack, Moment, Text, pattern
from reclaim.model.identity import IdentityScheme

ORDER_TOKEN: Final = IdentityScheme(prefix="ot_", hmac_context="order:")

OrderNo = Annotated[str, pattern(r"^[A-Z0-9-]{1,64}$", "1 to 64 capitals, digits or -")]
OrderToken = Annotated[str | None, MayLack(ORDER_TOKEN)]


class Order(EventPart):
    """The order that was created."""

    order_no: OrderNo
    buyer: Text
    total: DecimalAmount
    currency: CurrencyCode
    order_token: OrderToken = None


class OrderCreated(EventPart):
    """The event, version 2: a CloudEvent (https://cloudevents.io), of which a recovery needs these fields."""

    type: Literal["order.created"]
    # Not Literal[2]: that takes 2.0 as well, which equals 2 in Python.
    dataversion: Annotated[int, Field(ge=2, le=2)]
    id: Text
    time: Moment
    data: Order


def sample_event(rng: Random, number: int) -> dict[str, Any]:
    """Event `number`, without its token; what `reclaim seed` makes outages of."""
    currency, decimals = rng.choice((("EUR", 2), ("USD", 2), ("JPY", 0), ("KWD", 3)))
    total = f"{rng.randint(1, 2_000)}" + (f".{rng.randrange(10**decimals):0{decimals}}" if decimals else "")
    return {
        "specversion": "1.0",
        "type": "order.created",
        "dataversion": 2,
        "id": f"oe-{number}",
        "time": "2026-11-20T08:15:30Z",
        "source": "shop",
        "data": {
            "order_no": f"A-{number}",
            "buyer": f"Buyer {rng.randint(1, 500)}",
            "total": total,
            "currency": currency,
        },
    }


contract: Final = Contract(
    name="order_created",
    event=OrderCreated,
    event_type=FixedField("type", "order.created"),
    version=FixedField("dataversion", 2),
    event_id="id",
    occurred_at="time",
    record_key="data.order_no",
    identity_path="data.order_token",
    identity=ORDER_TOKEN,
    collection="orders",
    identity_field="order_token",
    document={"buyer": "data.buyer", "total": "data.total", "currency": "data.currency"},
    must_agree=("total", "currency"),
    words=Words(record="order", records="orders", identity="order token", identities="order tokens"),
    money=MoneyFields(amount="data.total", currency="data.currency", unit=AmountUnit.DECIMAL),
    source_queue="order-created",
    dead_letter_queue="order-created-dlq",
    checklist="ownership.yaml",
    repair_rules="repair_rules.yaml",
    sample_event=sample_event,
)
