"""Taking a backfill back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from reclaim.adapters.memory.attributions import MemoryAttributions
from reclaim.undo.attributions import decide_backfill, detach, obstacle_of
from reclaim.undo.model import AttributedApplication, Obstacle
from tests.builders import CONTRACT

WORDS = CONTRACT.words
GIVEN = AttributedApplication("app_1", "cl_1", "trk_1", "trk_1")


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
    one: AttributedApplication, expected: Obstacle | None
) -> None:
    kept = obstacle_of(one, WORDS)

    assert (kept.reason if kept else None) is expected


def test_deciding_changes_nothing_and_detaching_does_what_was_decided() -> None:
    charged = replace(GIVEN, application_id="app_2", charges=1)
    somebody_elses = replace(GIVEN, application_id="app_3")
    applications = MemoryAttributions(
        {"app_1": ("run-1", GIVEN, ""), "app_2": ("run-1", charged, None), "app_3": ("run-2", somebody_elses, None)}
    )

    free, kept = decide_backfill(applications, "run-1", WORDS)
    assert (free, [one.id for one in kept]) == (["app_1"], ["app_2"])

    assert detach(applications, "run-1", free, WORDS) == (1, [])
    assert applications.detached == {"app_1": replace(GIVEN, identity="")}
    assert decide_backfill(applications, "run-1", WORDS) == ([], kept)


def test_an_application_that_changes_in_the_last_moment_is_reported() -> None:
    class Changing(MemoryAttributions):
        def take_back(self, run_id: str, applications: Sequence[AttributedApplication]) -> None:
            self.given["app_1"] = ("run-1", replace(GIVEN, identity="trk_9"), None)

    detached, kept = detach(Changing({"app_1": ("run-1", GIVEN, None)}), "run-1", ["app_1"], WORDS)

    assert (detached, [one.reason for one in kept]) == (0, [Obstacle.ATTRIBUTION_CHANGED])
