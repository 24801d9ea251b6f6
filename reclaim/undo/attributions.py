"""Taking a backfill back: applications lose the identity that it gave them, where they have not been charged since."""

from __future__ import annotations

from collections.abc import Collection

from reclaim.contracts.contract import Words
from reclaim.undo.model import AttributedApplication, KeptItem, Obstacle
from reclaim.undo.ports import Attributions


def obstacle_of(one: AttributedApplication, words: Words) -> KeptItem | None:
    """Why the application keeps its identity, in the words of a contract; None where it can lose it."""
    if not one.identity or one.identity != one.owned_id:
        detail = f"It does not carry the {words.identity} of its {words.record} any more."
        return KeptItem(one.application_id, one.record_key, Obstacle.ATTRIBUTION_CHANGED, detail)
    if one.charges:
        return KeptItem(one.application_id, one.record_key, Obstacle.CHARGED, "It has been charged since.")
    return None


def decide_backfill(attributions: Attributions, run_id: str, words: Words) -> tuple[list[str], list[KeptItem]]:
    """Of the applications that the run gave an identity: those that can lose it, and those that keep it and why."""
    free: list[str] = []
    kept: list[KeptItem] = []
    for one in attributions.given_by(run_id):
        if obstacle := obstacle_of(one, words):
            kept.append(obstacle)
        else:
            free.append(one.application_id)
    return free, kept


def detach(
    attributions: Attributions, run_id: str, application_ids: Collection[str], words: Words
) -> tuple[int, list[KeptItem]]:
    """Take the identity from these applications, read back; how many lost it, and which did not and why."""
    obstacles = {one: obstacle_of(one, words) for one in attributions.find(run_id, application_ids)}
    free = [one for one, obstacle in obstacles.items() if obstacle is None]
    attributions.take_back(run_id, free)
    left = {one.application_id for one in attributions.find(run_id, [one.application_id for one in free])}
    lost = [one for one in free if one.application_id in left]
    detail = f"It was changed while its {words.identity} was being taken back."
    kept = [
        *filter(None, obstacles.values()),
        *(KeptItem(one.application_id, one.record_key, Obstacle.ATTRIBUTION_CHANGED, detail) for one in lost),
    ]
    return len(free) - len(lost), kept
