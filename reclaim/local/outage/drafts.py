"""A `client.created` event as the client service would have written it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

from reclaim.contracts.client_created import EVENT_TYPE, SCHEMA_VERSION
from reclaim.local.outage.profiles import Profile, Profiles
from reclaim.local.outage.window import between

ABSENT: Final = "(absent)"
"""Stands for a tracking ID that is not even there; no event could carry it."""

EVENTS_LAST: Final = timedelta(hours=5)
"""How long after the start of the outage the first events of its clients occur."""

_EXTRAS: Final[tuple[dict[str, Any], ...]] = (
    {"trace_id": "5f0c1d9e", "retries": 2},
    {"labels": {"$set": {"owner": "crm"}, "region.zone": "eu.1"}},
    {"metadata": {"source": "self-service", "score": 0.75, "tags": ["new", None]}},
    {"campaign": "Autumn, 秋 🍂"},
)
"""Fields nobody agreed on; the contract accepts and keeps them."""


@dataclass(frozen=True, slots=True)
class Draft:
    """One event before it is written down.

    Attributes:
        tracking_id: `ABSENT`, None, empty, or an ID.
        extras: unknown fields beside the known ones.
    """

    profile: Profile
    event_id: str
    occurred_at: datetime
    tracking_id: str | None
    extras: dict[str, Any] = field(default_factory=dict)

    def payload(self) -> dict[str, Any]:
        """The event as a value of its own, free to be changed."""
        profile = self.profile
        client: dict[str, Any] = {
            "client_id": profile.client_id,
            "name": profile.name,
            "country": profile.country,
            "billing": profile.billing,
        }
        if self.tracking_id != ABSENT:
            client["tracking_id"] = self.tracking_id
        return {
            "schema_version": SCHEMA_VERSION,
            "event_type": EVENT_TYPE,
            "event_id": self.event_id,
            "occurred_at": timestamp(self.occurred_at),
            "producer": "client-service",
            "client": client,
            **self.extras,
        }


class Desk:
    """Where events are drafted: numbers them, dates them, and now and then adds a field of its own."""

    def __init__(self, seed: int, started_at: datetime) -> None:
        self._seed = seed
        self._started_at = started_at
        self._drafted = 0
        # Apart from what draws applications: their number must not change the bodies.
        self.rng: Final = Random(f"{seed} events")  # noqa: S311  (a plan is repeatable, not secret)
        self.profiles: Final = Profiles(seed, self.rng)

    def draft(self, profile: Profile, tracking_id: str | None, after: datetime | None = None) -> Draft:
        """The next event of `profile`; with `after`, clearly later than that."""
        number = self._drafted
        self._drafted += 1
        if after is None:
            occurred_at = self._started_at + between(self.rng, timedelta(0), EVENTS_LAST)
        else:
            occurred_at = after + between(self.rng, timedelta(minutes=1), timedelta(minutes=55))
        extras = self.rng.choice(_EXTRAS) if self.rng.random() < 0.05 else {}  # noqa: PLR2004
        return Draft(profile, f"evt_{self._seed}_{number:06d}", occurred_at, tracking_id, extras)


def timestamp(moment: datetime) -> str:
    """RFC 3339 in UTC with milliseconds, as the client service writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def render(payload: object) -> str:
    """JSON without spaces, in characters rather than escapes."""
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
