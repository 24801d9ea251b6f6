"""The clients of an outage and their `client.created` events, as the client service would have written them."""

from __future__ import annotations

from copy import deepcopy
from datetime import datetime
from random import Random
from typing import Any, Final

from reclaim.contracts.client_created import TRACKING_ID
from reclaim.contracts.contract import Contract
from reclaim.local.outage.client_created.lexicon import (
    FIRST_WORDS,
    HOSTILE_NAMES,
    MARKETS,
    SECOND_WORDS,
    SHOWCASE,
    SUFFIXES,
)
from reclaim.local.outage.client_created.violations import violation
from reclaim.local.outage.events import EventSource, Payload, StagedEvent, timestamp
from reclaim.local.outage.planned import StagedRecord

_WEIGHTS: Final = tuple(market.weight for market in MARKETS)
_HOSTILE_EVERY: Final = 40
_FREE_SHARE: Final = 0.005

_EXTRAS: Final[tuple[dict[str, Any], ...]] = (
    {"trace_id": "5f0c1d9e", "retries": 2},
    {"labels": {"$set": {"owner": "crm"}, "region.zone": "eu.1"}},
    {"metadata": {"source": "self-service", "score": 0.75, "tags": ["new", None]}},
    {"campaign": "Autumn, 秋 🍂"},
)
"""Fields that the contract does not name; it accepts and keeps them."""


class Clients:
    """Draws clients one after the other; the same `seed` draws the same ones, another seed none of them."""

    def __init__(self, seed: int, rng: Random) -> None:
        self._seed = seed
        self._rng = rng
        self._drawn = 0

    def draw(self, *, paying: bool = False) -> StagedRecord:
        """The next client; one that is `paying` never has a rate of zero."""
        number, rng = self._drawn, self._rng
        self._drawn += 1
        market = SHOWCASE[number] if number < len(SHOWCASE) else rng.choices(MARKETS, _WEIGHTS)[0]
        rate_minor = rng.randint(*market.rate_minor)
        if rng.random() < _FREE_SHARE and not paying:
            rate_minor = 0
        billing = {"model": "cpa", "rate_minor": rate_minor, "currency": market.currency}
        fields = {"name": self._name(number), "country": market.country, "billing": billing}
        return StagedRecord(f"cl_{self._seed}_{number:06d}", fields, TRACKING_ID)

    def _name(self, number: int) -> str:
        rng = self._rng
        name = f"{rng.choice(FIRST_WORDS)} {rng.choice(SECOND_WORDS)} {rng.choice(SUFFIXES)}".rstrip()
        turn, rest = divmod(number, _HOSTILE_EVERY)
        return name if rest else HOSTILE_NAMES[turn % len(HOSTILE_NAMES)]


class DefaultEvents(EventSource):
    """Draws clients and writes their events."""

    def __init__(self, contract: Contract, seed: int, started_at: datetime) -> None:
        super().__init__(contract, seed, started_at)
        self._clients = Clients(seed, self.rng)

    def draw(self, *, paying: bool = False) -> StagedRecord:
        """The next client; one that is `paying` never has a rate of zero."""
        return self._clients.draw(paying=paying)

    def disagrees_with_store(self, turn: int) -> bool:
        """One in three; the others disagree with an earlier message."""
        return turn % 3 == 2  # noqa: PLR2004

    def disagreeing(self, event: StagedEvent, turn: int) -> Payload:
        """With another name, or else with another rate."""
        client = event.payload["client"]
        if turn % 3 == 1:
            client["name"] = f"{client['name'][:1000]} Worldwide"
        else:
            client["billing"]["rate_minor"] += self.rng.randint(1, 900)
        return event.payload

    def violation(self, event: StagedEvent, turn: int) -> tuple[object, bool]:
        """In one of many ways, all of them written by hand."""
        return violation(event, turn)

    def _payload(self, record: StagedRecord, number: int, occurred_at: datetime) -> Payload:
        """Now and then with fields that the contract does not name."""
        extras = self.rng.choice(_EXTRAS) if self.rng.random() < 0.05 else {}  # noqa: PLR2004
        return {
            "schema_version": self.contract.version.value,
            "event_type": self.contract.event_type.value,
            "event_id": f"evt_{self._seed}_{number:06d}",
            "occurred_at": timestamp(occurred_at),
            "producer": "client-service",
            "client": {"client_id": record.key, **deepcopy(dict(record.fields))},
            **extras,
        }
