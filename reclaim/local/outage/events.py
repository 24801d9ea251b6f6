"""Writes the events of an outage, of any contract."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

from reclaim.contracts.contract import Contract, value_at
from reclaim.local.outage.planned import StagedRecord, between

ABSENT: Final = "(absent)"
"""The identity of an event that does not have the field; no event could carry it."""

EVENTS_LAST: Final = timedelta(hours=5)
"""How long after the start of the outage the first events of its records occur."""

Payload = dict[str, Any]


@dataclass(frozen=True, slots=True)
class StagedEvent:
    """One event.

    Attributes:
        payload: the event itself, which nothing else shares.
        identity: the identity it carries: None, empty or `ABSENT` where it carries none.
    """

    record: StagedRecord
    payload: Payload
    occurred_at: datetime
    identity: str | None


class EventSource(ABC):
    """Draws records and writes their events: the same for the same seed; two seeds share no record and no event.

    Attributes:
        rng: decides everything about records and messages.
    """

    def __init__(self, contract: Contract, seed: int, started_at: datetime) -> None:
        self.contract = contract
        # Apart from what draws applications: their number must not change the bodies.
        self.rng: Final = Random(f"{seed} events")  # noqa: S311  (a plan is repeatable, not secret)
        self._seed = seed
        self._started_at = started_at
        self._written = 0

    @abstractmethod
    def draw(self, *, paying: bool = False) -> StagedRecord:
        """The next record; one that is `paying` is never worth nothing."""

    @abstractmethod
    def disagreeing(self, event: StagedEvent, turn: int) -> Payload:
        """The event with another value in a field that must agree; `turn` says which."""

    @abstractmethod
    def violation(self, event: StagedEvent, turn: int) -> tuple[object, bool]:
        """What breaks the schema in the way of `turn`, and whether it still names its record."""

    @abstractmethod
    def _payload(self, record: StagedRecord, number: int, occurred_at: datetime) -> Payload:
        """Event `number` of the outage, without an identity."""

    def disagrees_with_store(self, turn: int) -> bool:  # noqa: ARG002  (not every source needs it)
        """Whether a conflict is with what MongoDB holds; the order of two messages then decides nothing."""
        return True

    def event(self, record: StagedRecord, identity: str | None, after: datetime | None = None) -> StagedEvent:
        """The next event of `record`; with `after`, clearly later than that."""
        number = self._written
        self._written += 1
        if after is None:
            occurred_at = self._started_at + between(self.rng, timedelta(0), EVENTS_LAST)
        else:
            occurred_at = after + between(self.rng, timedelta(minutes=1), timedelta(minutes=55))
        payload = self._payload(record, number, occurred_at)
        if identity != ABSENT:
            put(payload, self.contract.identity_path, identity)
        return StagedEvent(record, payload, occurred_at, identity)


def put(payload: Payload, path: str, value: object) -> None:
    """Set what is at a dotted path, in place; objects on the way there are made."""
    *objects, name = path.split(".")
    for one in objects:
        payload = payload.setdefault(one, {})
    payload[name] = value


def without(payload: Payload, path: str) -> None:
    """Remove what is at a dotted path, in place, if it is there."""
    place, _, name = path.rpartition(".")
    found = value_at(payload, place) if place else payload
    if isinstance(found, dict):
        found.pop(name, None)


def timestamp(moment: datetime) -> str:
    """RFC 3339 in UTC with milliseconds."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def render(payload: object) -> str:
    """JSON without spaces, in characters rather than escapes."""
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
