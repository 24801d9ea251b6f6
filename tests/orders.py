"""The contract of the example, for tests of what must work with any: another event, other names, a decimal amount."""

from __future__ import annotations

import json
from typing import Any

from examples.order_created.contract import contract as ORDERS  # noqa: N812  (a constant of the tests)

__all__ = ["ORDERS", "an_order"]


def an_order(order_no: str = "A-1", **data: Any) -> str:  # noqa: ANN401
    """The body of an order without its token; `data` changes what its `data` part says."""
    values = {"order_no": order_no, "buyer": "Buyer 1", "total": "129.90", "currency": "EUR", "order_token": None}
    event = {"type": "order.created", "dataversion": 2, "id": f"oe-{order_no}", "time": "2026-11-20T08:15:30Z"}
    return json.dumps({**event, "data": {**values, **data}})
