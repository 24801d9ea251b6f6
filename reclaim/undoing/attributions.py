"""Taking a backfill back: applications lose the tracking ID that it gave them, where nobody has billed by it."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from reclaim.undoing.ports import Attributions
from reclaim.undoing.values import Attributed, Kept, Obstacle


def obstacle_of(one: Attributed) -> Kept | None:
    """Why the application keeps its ID; None where it can lose it."""
    if not one.tracking_id or one.tracking_id != one.owned_id:
        detail = "It does not carry its client's tracking ID any more."
        return Kept(one.application_id, one.client_id, Obstacle.ATTRIBUTION_CHANGED, detail)
    if one.charges:
        return Kept(one.application_id, one.client_id, Obstacle.CHARGED, "It has been charged since.")
    return None


def detachable(applications: Iterable[Attributed]) -> tuple[list[Attributed], list[Kept]]:
    """Those that can lose their ID, and those that keep it."""
    judged = [(one, obstacle_of(one)) for one in applications]
    return [one for one, obstacle in judged if obstacle is None], [kept for _, kept in judged if kept]


def detach(attributions: Attributions, run_id: str, application_ids: Collection[str]) -> tuple[int, list[Kept]]:
    """Take the ID from these applications, read back; how many lost it, and which did not and why."""
    free, kept = detachable(attributions.find(run_id, application_ids))
    attributions.take_back(run_id, free)
    left = {one.application_id for one in attributions.find(run_id, [one.application_id for one in free])}
    detail = "It was changed while its tracking ID was being taken back."
    lost = [one for one in free if one.application_id in left]
    kept += [Kept(one.application_id, one.client_id, Obstacle.ATTRIBUTION_CHANGED, detail) for one in lost]
    return len(free) - len(lost), kept
