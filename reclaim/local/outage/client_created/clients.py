"""The clients of an outage, as they are, which is not what every event says of them."""

from __future__ import annotations

from random import Random
from typing import Final

from reclaim.contracts.client_created import TRACKING_ID
from reclaim.local.outage.client_created.lexicon import (
    FIRST_WORDS,
    HOSTILE_NAMES,
    MARKETS,
    SECOND_WORDS,
    SHOWCASE,
    SUFFIXES,
)
from reclaim.local.outage.planned import StagedRecord

_WEIGHTS: Final = tuple(market.weight for market in MARKETS)
_HOSTILE_EVERY: Final = 40
_FREE_SHARE: Final = 0.005


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
