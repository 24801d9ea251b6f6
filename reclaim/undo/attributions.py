"""Taking a backfill back: applications lose the tracking ID that it gave them, where nobody has billed by it."""

from __future__ import annotations

from collections.abc import Collection

from reclaim.undo.ports import Attributions
from reclaim.undo.values import Attributed, Kept, Obstacle


def obstacle_of(one: Attributed) -> Kept | None:
    """Why the application keeps its ID; None where it can lose it."""
    if not one.identity or one.identity != one.owned_id:
        detail = "It does not carry its client's tracking ID any more."
        return Kept(one.application_id, one.record_key, Obstacle.ATTRIBUTION_CHANGED, detail)
    if one.charges:
        return Kept(one.application_id, one.record_key, Obstacle.CHARGED, "It has been charged since.")
    return None


def look(attributions: Attributions, run_id: str) -> tuple[list[str], list[Kept]]:
    """Of the applications that the run gave an ID: those that can lose it, and those that keep it and why."""
    free: list[str] = []
    kept: list[Kept] = []
    for one in attributions.given_by(run_id):
        if obstacle := obstacle_of(one):
            kept.append(obstacle)
        else:
            free.append(one.application_id)
    return free, kept


def detach(attributions: Attributions, run_id: str, application_ids: Collection[str]) -> tuple[int, list[Kept]]:
    """Take the ID from these applications, read back; how many lost it, and which did not and why."""
    judged = {one: obstacle_of(one) for one in attributions.find(run_id, application_ids)}
    free = [one for one, obstacle in judged.items() if obstacle is None]
    attributions.take_back(run_id, free)
    left = {one.application_id for one in attributions.find(run_id, [one.application_id for one in free])}
    lost = [one for one in free if one.application_id in left]
    detail = "It was changed while its tracking ID was being taken back."
    kept = [
        *filter(None, judged.values()),
        *(Kept(one.application_id, one.record_key, Obstacle.ATTRIBUTION_CHANGED, detail) for one in lost),
    ]
    return len(free) - len(lost), kept
