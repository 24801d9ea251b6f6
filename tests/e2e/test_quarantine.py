"""The quarantine, by its commands."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reclaim.local.testing.stack_handle import StackHandle
from tests.builders import CONTRACT, a_body, an_event
from tests.e2e.scene import Scene

pytestmark = pytest.mark.stack

RULES = str(Path(__file__).parents[2] / "ops" / "repair_rules.yaml")


def test_what_was_quarantined_is_repaired_and_released_or_written_off(stack: StackHandle) -> None:
    scene = Scene.on(stack, RECLAIM_REPAIR_RULES=RULES)
    text_rate = a_body("cl_rate", billing={"model": "cpa", "rate_minor": "1250", "currency": "USD"})
    stray = json.dumps(an_event("cl_stray") | {"event_type": "client.deleted"})
    rate, _, conflict, other = scene.send(
        [text_rate, a_body("cl_two", second=1), a_body("cl_two", second=2, name="Other name"), stray]
    )
    assert scene.recover().exit_code == 2

    listed = scene.run("quarantine", "list", "--json").report
    assert {group["cause"]: group["messages"][0]["message_id"] for group in listed["groups"]} == {
        "schema_violation": rate,
        "record_conflict": conflict,
        "unsupported_event_type": other,
    }

    preview = scene.run("quarantine", "release", "--rule", "whole-rate", "--dry-run", "--json").report
    assert [(one["becomes"], one["outcome"]) for one in preview["planned"]] == [(f"{rate}~1", "recovered")]
    assert scene.database["clients"].find_one({"_id": "cl_rate"}) is None

    released = scene.as_processes.run("quarantine", "release", "--rule", "whole-rate", "--yes", "--json")
    assert (released.exit_code, released.report["counts"]["recovered"]) == (0, 1), released.stderr
    record = of(scene, "clients", "cl_rate")
    assert record["tracking_id"] == CONTRACT.identity.derive("cl_rate", scene.key)
    original = of(scene, "dead_letters", rate)
    assert (original["body"], original["outcome"], original["resolution"]["became"]) == (
        text_rate,
        "quarantined",
        f"{rate}~1",
    )
    assert of(scene, "dead_letters", f"{rate}~1")["released_from"]["rule"] == "whole-rate"

    again = scene.run("quarantine", "release", rate, "--yes")
    assert (again.exit_code, "released by" in again.stdout) == (0, True)

    patch = '{"client": {"name": "Acme Staffing"}}'
    agreed = scene.run("quarantine", "release", conflict, "--patch", patch, "--yes", "--json")
    assert (agreed.exit_code, agreed.report["counts"]["duplicate"]) == (0, 1), agreed.stderr

    gone = scene.run("quarantine", "discard", other, "--reason", "not ours", "--yes", "--json")
    assert (gone.exit_code, gone.report["discarded"]) == (0, 1)
    assert of(scene, "recovery_runs", gone.report["run_id"])["reason"] == "not ours"
    assert scene.database["dead_letters"].count_documents({"outcome": "quarantined", "resolution": None}) == 0


def of(scene: Scene, collection: str, key: str) -> dict[str, Any]:
    found = scene.database[collection].find_one({"_id": key})
    assert found is not None
    return found
