"""The revenue audit as a user types it, on the real stack, after a real recovery."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reclaim.local.testing.stack_handle import StackHandle
from reclaim.text.money import exponent
from tests.e2e.scene import Scene

pytestmark = pytest.mark.stack


def test_the_audit_after_a_recovery_finds_what_was_staged_class_by_class(stack: StackHandle, tmp_path: Path) -> None:
    scene = Scene.on(stack, RECLAIM_REPORTS_URL=str(tmp_path))
    truth = scene.seed(150, seed=7)["revenue"]
    assert {exponent(currency) for currency in truth["applications"]} == {0, 2, 3}
    scene.recover()
    window = ["--from", truth["from"], "--to", truth["to"], "--as-of", truth["as_of"]]
    before = money_of(scene)

    audit = scene.as_processes.run("reconcile", "--json", *window, "--backfill", "--reason", "month's end")

    found = audit.report
    assert {key: found[key] for key in truth} == truth
    assert audit.exit_code == found["exit_code"] == 2  # what was staged is not all in order
    assert (found["state"], found["balanced"], found["consistent"]) == ("completed", True, True)
    assert found["validation"]["success"]
    assert json.loads((tmp_path / found["run_id"] / "reconciliation.json").read_bytes()) == found
    run = scene.database["recovery_runs"].find_one({"_id": found["run_id"]})
    assert run
    assert (run["kind"], run["state"], run["reason"]) == ("reconcile", "completed", "month's end")

    after = money_of(scene)
    recovered = {one["_id"]: one for one in scene.database["clients"].find({"recovery": {"$exists": True}})}
    given = [one for one in after["applications"] if "attribution" in one]
    assert found["backfill"] == {"applications": len(given), "clients": len(recovered)}
    assert run["counts"]["backfilled"] == len(given)
    assert all(one["tracking_id"] == recovered[one["client_id"]]["tracking_id"] for one in given)
    assert {one["client_id"] for one in given} == recovered.keys()
    assert [without_attribution(one) for one in after["applications"]] == before["applications"]
    assert after["charges"] == before["charges"]


def money_of(scene: Scene) -> dict[str, list[dict[str, Any]]]:
    return {name: list(scene.database[name].find().sort("_id")) for name in ("applications", "charges")}


def without_attribution(application: dict[str, Any]) -> dict[str, Any]:
    """The application as it was before a backfill, which its note says."""
    note = application.get("attribution")
    if not note:
        return application
    kept = {name: value for name, value in application.items() if name not in ("attribution", "tracking_id")}
    return kept | ({"tracking_id": note["before"]} if "before" in note else {})
