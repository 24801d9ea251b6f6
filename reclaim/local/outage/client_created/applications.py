"""The revenue side of an outage: what was charged before it, and what was applied for during it.

Nothing that was applied for during the outage could be attributed, so nothing of it was charged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from types import MappingProxyType
from typing import Final

from reclaim.local.outage.client_created.history import ChargeHistory
from reclaim.local.outage.client_created.revenue import StagedApplication, StagedCharge
from reclaim.local.outage.client_created.revenue_writer import RevenueWriter
from reclaim.local.outage.events import EVENTS_LAST
from reclaim.local.outage.planned import FinalStatus, OutageWindow, StagedRecord, between
from reclaim.reconciliation.model import ApplicationClass

_CLASSES: Final[Mapping[FinalStatus, ApplicationClass]] = MappingProxyType(
    {
        FinalStatus.RECOVERED: ApplicationClass.UNBILLED_RECOVERED,
        FinalStatus.KNOWN: ApplicationClass.UNBILLED,
        FinalStatus.AWAITING: ApplicationClass.AWAITING_QUARANTINE,
        FinalStatus.UNKNOWN: ApplicationClass.UNATTRIBUTABLE,
    }
)


def plan_revenue(
    seed: int,
    window: OutageWindow,
    veterans: Sequence[StagedRecord],
    statuses: Mapping[StagedRecord, FinalStatus],
    per_client: int,
) -> tuple[tuple[StagedApplication, ...], tuple[StagedCharge, ...]]:
    """The applications and charges of `veterans` before the outage and of the clients of `statuses` during it."""
    rng = Random(f"{seed} revenue")  # noqa: S311  (a plan is repeatable, not secret)
    writer = RevenueWriter(seed, rng)
    ChargeHistory(writer, rng, window, veterans).write(per_client * len(veterans))
    write_outage(writer, rng, window, statuses, per_client)
    return tuple(writer.applications), tuple(writer.charges)


def write_outage(
    writer: RevenueWriter,
    rng: Random,
    window: OutageWindow,
    statuses: Mapping[StagedRecord, FinalStatus],
    per_client: int,
) -> None:
    """Write `per_client` applications for each client on average, at least one; none where it is 0."""
    if per_client == 0:
        return
    for client, status in statuses.items():
        for _ in range(rng.randint(1, 2 * per_client - 1)):
            at = window.started_at + between(rng, EVENTS_LAST, window.as_of - window.started_at)
            writer.apply(client, at, _CLASSES[status])
