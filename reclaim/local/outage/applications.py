"""What was applied for during the outage: nothing of it could be attributed, so nothing of it was charged."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from types import MappingProxyType
from typing import Final

from reclaim.local.outage.books import Books
from reclaim.local.outage.drafts import EVENTS_LAST
from reclaim.local.outage.planned import Standing
from reclaim.local.outage.profiles import Profile
from reclaim.local.outage.window import Window, between
from reclaim.reconciliation.model import ApplicationClass

_CLASSES: Final[Mapping[Standing, ApplicationClass]] = MappingProxyType(
    {
        Standing.RECOVERED: ApplicationClass.UNBILLED_RECOVERED,
        Standing.KNOWN: ApplicationClass.UNBILLED,
        Standing.AWAITING: ApplicationClass.AWAITING_QUARANTINE,
        Standing.UNKNOWN: ApplicationClass.UNATTRIBUTABLE,
    }
)


def write_outage(
    books: Books, rng: Random, window: Window, standings: Mapping[Profile, Standing], per_client: int
) -> None:
    """Enter `per_client` applications for each client on average, at least one; none where it is 0."""
    if per_client == 0:
        return
    for client, standing in standings.items():
        for _ in range(rng.randint(1, 2 * per_client - 1)):
            at = window.started_at + between(rng, EVENTS_LAST, window.as_of - window.started_at)
            books.apply(client, at, _CLASSES[standing])
