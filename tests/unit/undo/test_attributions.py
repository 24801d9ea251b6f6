"""Taking a backfill back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from reclaim.adapters.memory.attributions import MemoryAttributions
from reclaim.undo.attributions import detach, look, obstacle_of
from reclaim.undo.values import Attributed, Obstacle

GIVEN = Attributed("app_1", "cl_1", "trk_1", "trk_1")


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (GIVEN, None),
        (replace(GIVEN, identity="trk_2"), Obstacle.ATTRIBUTION_CHANGED),
        (replace(GIVEN, identity=None), Obstacle.ATTRIBUTION_CHANGED),
        (replace(GIVEN, identity=None, owned_id=None), Obstacle.ATTRIBUTION_CHANGED),
        (replace(GIVEN, owned_id=None), Obstacle.ATTRIBUTION_CHANGED),
        (replace(GIVEN, charges=1), Obstacle.CHARGED),
    ],
)
def test_an_application_can_lose_the_id_that_it_still_carries_and_was_not_charged_by(
    one: Attributed, expected: Obstacle | None
) -> None:
    kept = obstacle_of(one)

    assert (kept.obstacle if kept else None) is expected


def test_looking_changes_nothing_and_detaching_does_what_was_seen() -> None:
    charged = replace(GIVEN, application_id="app_2", charges=1)
    somebody_elses = replace(GIVEN, application_id="app_3")
    applications = MemoryAttributions(
        {"app_1": ("run-1", GIVEN, ""), "app_2": ("run-1", charged, None), "app_3": ("run-2", somebody_elses, None)}
    )

    free, kept = look(applications, "run-1")
    assert (free, [one.subject for one in kept]) == (["app_1"], ["app_2"])

    assert detach(applications, "run-1", free) == (1, [])
    assert applications.detached == {"app_1": replace(GIVEN, identity="")}
    assert look(applications, "run-1") == ([], kept)


def test_an_application_that_changes_in_the_last_moment_is_said() -> None:
    class Changing(MemoryAttributions):
        def take_back(self, run_id: str, applications: Sequence[Attributed]) -> None:  # noqa: ARG002
            self.given["app_1"] = ("run-1", replace(GIVEN, identity="trk_9"), None)

    detached, kept = detach(Changing({"app_1": ("run-1", GIVEN, None)}), "run-1", ["app_1"])

    assert (detached, [one.obstacle for one in kept]) == (0, [Obstacle.ATTRIBUTION_CHANGED])
