"""An event as a recovery sees it, whatever its contract: what a body says, or why it is not usable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from reclaim.model.envelope import RAW
from reclaim.model.outcome import Cause


class Amount(NamedTuple):
    """An amount of money: whole minor units of one ISO 4217 currency."""

    minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class Event:
    """An event that can be repaired.

    Attributes:
        occurred_at: UTC, cut to milliseconds.
        record_key: the key of the record that the event is about.
        identity: the identity it carries; None where it is absent, null or empty (the defect).
        fields: what is written into the record's document, by the document's field names.
        amount: what one unit of the record's business is worth; None where the contract names no money, or the amount
            is finer than the currency's minor unit.
        envelope: the kind of envelope it came in, ``raw`` for none.
    """

    event_id: str
    occurred_at: datetime
    record_key: str
    identity: str | None
    fields: Mapping[str, Any]
    amount: Amount | None = None
    envelope: str = RAW


@dataclass(frozen=True, slots=True)
class Rejection:
    """A body that can never succeed as it is.

    Attributes:
        detail: what is wrong and where, without any of the body's values.
        record_key: the key of the record it names, where it names one.
        event_type: the type it says it has, where that is another than the contract's; as it came.
    """

    cause: Cause
    detail: str
    record_key: str | None = None
    envelope: str = RAW
    event_type: str = ""
