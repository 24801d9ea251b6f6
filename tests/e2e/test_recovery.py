"""The main job as a user types it, on the real stack."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from reclaim.local.testing.stack_handle import StackHandle
from tests.e2e.scene import Scene

pytestmark = pytest.mark.stack


@pytest.fixture(scope="module")
def scene(stack: StackHandle) -> Scene:
    return Scene.on(stack)


def test_an_outage_is_inspected_recovered_after_a_dry_run_and_then_over(scene: Scene) -> None:
    truth = scene.seed(400, seed=7)

    inspected = scene.as_processes.run("inspect", "--json").report
    assert (inspected["seen"], inspected["depth"]["visible"]) == (400, 400)
    assert inspected["causes"]["malformed_json"] == truth["causes"]["malformed_json"]
    assert unbilled(inspected, "at_risk") == staged(truth, "unbilled_recovered", "awaiting_quarantine")
    assert sum(due["messages"] for due in inspected["outlook"]["falls_due"]) == 400
    assert inspected["outlook"]["pace"]["basis"] == "the configured rate, a ceiling"

    dry = scene.recover("--dry-run")
    assert dry.report["counts"] == truth["counts"]
    assert unbilled(dry.report, "recovered") == staged(truth, "unbilled_recovered")
    assert scene.database["clients"].count_documents({"recovery": {"$exists": True}}) == 0
    assert scene.database["dead_letters"].count_documents({}) == 0
    assert scene.depth() == {"visible": 400, "in_flight": 0}

    done = scene.as_processes.recover("--reason", "INC-4711")
    report = done.report
    assert done.exit_code == 2  # the outage holds messages that need a person
    assert (report["state"], report["balanced"], report["exit_code"]) == ("completed", True, 2)
    assert report["counts"] == truth["counts"]
    assert report["causes"] == truth["causes"]
    assert report["validation"]["success"] is True
    assert unbilled(report, "recovered") == staged(truth, "unbilled_recovered")
    assert unbilled(report, "quarantined") == staged(truth, "awaiting_quarantine")
    scene.assert_truth(truth)
    scene.assert_ids_are_derived()
    assert scene.database["dead_letters"].count_documents({"steps.deleted": {"$exists": False}}) == 0

    before = snapshot(scene)
    again = scene.recover()
    assert again.exit_code == 0
    assert set(again.report["counts"].values()) == {0}
    assert snapshot(scene) == before

    stored = scene.database["recovery_runs"].find_one({"_id": report["run_id"]})
    assert stored is not None
    assert stored["counts"] == report["counts"]
    assert (stored["reason"], stored["state"]) == ("INC-4711", "completed")


def test_the_report_is_complete_and_reads_offline(scene: Scene) -> None:
    run = scene.database["recovery_runs"].find_one({"reason": "INC-4711"})
    assert run is not None
    folder = Path(scene.env["RECLAIM_REPORTS_URL"]) / run["_id"]
    report = json.loads((folder / "report.json").read_text())

    with (folder / "messages.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == report["counts"]["received"]
    assert {row["outcome"] for row in rows} == {"recovered", "duplicate", "quarantined"}
    for page in (folder / "report.html", *folder.glob("validation/**/*.html")):
        text = page.read_text()
        assert "<script" not in text
        assert 'src="http' not in text
    assert (folder / report["validation"]["docs"]).exists()
    lines = [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]
    assert {line["step"] for line in lines} == {"received", "recorded", "decided", "written", "settled", "deleted"}
    assert sum(line["step"] == "deleted" for line in lines) == report["counts"]["received"]


def test_a_message_and_a_client_can_be_traced(scene: Scene) -> None:
    record = scene.database["clients"].find_one({"recovery": {"$exists": True}})
    assert record is not None
    message_id = record["recovery"]["message_id"]

    by_record = scene.as_processes.run("trace", record["_id"], "--json").report
    by_message = scene.run("trace", message_id, "--json").report

    assert by_message["record"]["identity"] == by_record["record"]["identity"] == record["tracking_id"]
    steps = [step["step"] for step in by_message["messages"][0]["steps"]]
    assert steps == ["sent", "received", "recorded", "decided", "written", "settled", "deleted"]


def test_a_report_can_be_rendered_again(scene: Scene) -> None:
    run = scene.database["recovery_runs"].find_one({"reason": "INC-4711"})
    assert run is not None

    shown = scene.as_processes.run("report", run["_id"], "--json")

    assert shown.exit_code == 0
    assert shown.report["counts"] == run["counts"]


def test_provisioning_twice_changes_nothing(scene: Scene) -> None:
    assert scene.as_processes.run("provision", "--plan", "--json").report == {"planned": []}


@pytest.mark.parametrize(
    ("arguments", "settings", "sentence"),
    [
        (["--queue", "no-such-queue"], {}, "no-such-queue does not exist"),
        (["--lanes", "99"], {}, "99 is not in the range"),
        ([], {"RECLAIM_TRACKING_KEY": "too short"}, "RECLAIM_TRACKING_KEY is only 9 bytes long"),
        ([], {"RECLAIM_LANES": "many"}, "RECLAIM_LANES is not usable"),
    ],
)
def test_a_wrong_call_is_one_sentence_and_touches_nothing(
    scene: Scene, arguments: list[str], settings: dict[str, str], sentence: str
) -> None:
    before = snapshot(scene)
    wrong = scene.with_settings(**settings)

    done = wrong.recover(*arguments)

    assert done.exit_code == 64
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert snapshot(scene) == before


def unbilled(found: dict[str, Any], standing: str) -> Counter[str]:
    """What an inspection or a report says stands there, by currency."""
    return Counter({currency: held[standing]["amount_minor"] for currency, held in found["exposure"].items()})


def staged(truth: dict[str, Any], *classes: str) -> Counter[str]:
    """What was staged of these classes of applications, by currency."""
    total: Counter[str] = Counter()
    for currency, lines in truth["revenue"]["applications"].items():
        total[currency] += sum(lines[name]["amount_minor"] for name in classes if name in lines)
    return total


def snapshot(scene: Scene) -> dict[str, list[dict[str, object]]]:
    """What the record holds of clients and messages."""
    return {name: list(scene.database[name].find().sort("_id")) for name in ("clients", "dead_letters")}
