"""The clients of an outage, as they really are, whatever an event then says of them."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any, Final

from reclaim.local.outage.lexicon import FIRST_WORDS, HOSTILE_NAMES, MARKETS, SECOND_WORDS, SHOWCASE, SUFFIXES
from reclaim.model.identity import derive_identity

_ISSUER_KEY: Final = b"what issued tracking IDs before the outage; of no use anywhere else"
_WEIGHTS: Final = tuple(market.weight for market in MARKETS)
_HOSTILE_EVERY: Final = 40
_FREE_SHARE: Final = 0.005


@dataclass(frozen=True, slots=True)
class Profile:
    """One client: `rate_minor` minor units of `currency` per successful application."""

    client_id: str
    name: str
    country: str
    rate_minor: int
    currency: str

    @property
    def billing(self) -> dict[str, Any]:
        """The billing of an event or a document."""
        return {"model": "cpa", "rate_minor": self.rate_minor, "currency": self.currency}

    @property
    def issued_id(self) -> str:
        """The tracking ID the client had from elsewhere: of the right form, and no run would derive it."""
        return derive_identity(self.client_id, _ISSUER_KEY)

    @property
    def other_id(self) -> str:
        """A tracking ID that is nobody's."""
        return derive_identity(f"{self.client_id} once more", _ISSUER_KEY)


class Profiles:
    """Draws clients one after the other; the same `seed` draws the same ones, another seed none of them."""

    def __init__(self, seed: int, rng: Random) -> None:
        self._seed = seed
        self._rng = rng
        self._drawn = 0

    def draw(self, *, paying: bool = False) -> Profile:
        """The next client; one that is `paying` never has a rate of zero."""
        number, rng = self._drawn, self._rng
        self._drawn += 1
        market = SHOWCASE[number] if number < len(SHOWCASE) else rng.choices(MARKETS, _WEIGHTS)[0]
        rate_minor = rng.randint(*market.rate_minor)
        if rng.random() < _FREE_SHARE and not paying:
            rate_minor = 0
        name = self._name(number)
        return Profile(f"cl_{self._seed}_{number:06d}", name, market.country, rate_minor, market.currency)

    def _name(self, number: int) -> str:
        rng = self._rng
        name = f"{rng.choice(FIRST_WORDS)} {rng.choice(SECOND_WORDS)} {rng.choice(SUFFIXES)}".rstrip()
        turn, rest = divmod(number, _HOSTILE_EVERY)
        return name if rest else HOSTILE_NAMES[turn % len(HOSTILE_NAMES)]
