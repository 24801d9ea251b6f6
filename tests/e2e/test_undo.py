"""A run is taken back as a user types it, on the real stack, and recovered again."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from reclaim.local.testing.stack_handle import StackHandle
from tests.e2e.scene import Scene

pytestmark = pytest.mark.stack


def test_recover_undo_recover_is_recover(stack: StackHandle) -> None:
    scene = Scene.on(stack, RECLAIM_VISIBILITY_TIMEOUT_SECONDS="10")
    truth = scene.seed(300, seed=11)
    before = records(scene)
    first = scene.recover().report
    recovered = records(scene)
    changed, charged = brought_by(scene, first["run_id"])[:2]
    scene.database["clients"].update_one({"_id": changed}, {"$set": {"name": "Somebody's own words"}})
    scene.database["charges"].insert_one(a_charge(charged))

    undone = scene.as_processes.run("undo", first["run_id"], "--reason", "INC-4711", "--yes", "--json")

    assert undone.exit_code == 2, undone.stderr
    kept = {item["record_key"]: item["reason"] for item in undone.report["kept"]}
    assert kept == {changed: "record_changed", charged: "charged"}
    assert undone.report["counts"]["kept"] == 2
    assert sum(undone.report["counts"].values()) == 300
    stays = {changed: {**recovered[changed], "name": "Somebody's own words"}, charged: recovered[charged]}
    assert records(scene) == before | stays
    assert in_queue(scene) == in_ledger(scene, first["run_id"], but=kept)
    assert run_of(scene, first["run_id"])["undone_by"] == undone.report["run_id"]
    assert run_of(scene, first["run_id"])["counts"] == truth["counts"]

    again = scene.recover()

    assert (again.report["balanced"], again.report["validation"]["success"]) == (True, True)
    assert again.report["counts"]["received"] == 298
    disputed = {event["record_key"] for event in truth["events"].values() if event["cause"] == "record_conflict"}
    assert undisputed(records(scene), disputed) == undisputed(recovered | stays, disputed)
    nothing_new = scene.run("undo", first["run_id"], "--reason", "INC-4711", "--yes", "--json")
    assert (nothing_new.exit_code, nothing_new.report["run_id"]) == (2, "")
    assert nothing_new.report["kept"] == undone.report["kept"]


def test_a_run_that_nobody_knows_is_one_sentence(stack: StackHandle) -> None:
    done = replace(stack, env={**stack.env, "RECLAIM_MONGO_DATABASE": "never-provisioned"}).run("undo", "run-nope")

    assert done.returncode == 64
    assert done.stderr.startswith("reclaim: There is no run run-nope.")


# --- what there is -----------------------------------------------------------------------------------------------


def records(scene: Scene) -> dict[str, dict[str, Any]]:
    """Every client by ID, apart from how it came about; two that are equal have the same bytes."""
    found = scene.database["clients"].find({}, {"recovery": 0})
    return {record["_id"]: record for record in found}


def undisputed(found: dict[str, dict[str, Any]], disputed: set[str]) -> dict[str, dict[str, Any]]:
    """Without what depends on which of a client's events is written first, which may be another one this time."""
    agreed = {key: record for key, record in found.items() if key not in disputed}
    return {key: {**record, "created_at": None, "source_event_id": None} for key, record in agreed.items()}


def brought_by(scene: Scene, run_id: str) -> list[str]:
    """Clients that the run created, in order."""
    created = {"recovery.run_id": run_id, "recovery.before": None}
    return [record["_id"] for record in scene.database["clients"].find(created).sort("_id")]


def run_of(scene: Scene, run_id: str) -> dict[str, Any]:
    found = scene.database["recovery_runs"].find_one({"_id": run_id})
    assert found is not None
    return found


def a_charge(record_key: str) -> dict[str, Any]:
    money = {"amount_minor": 1250, "currency": "USD"}
    return {
        "_id": "chg_by_hand",
        "application_id": "app",
        "client_id": record_key,
        "charged_at": datetime.now(UTC),
        **money,
    }


def in_ledger(scene: Scene, run_id: str, but: dict[str, str]) -> Counter[str]:
    """The bodies and attributes of a run's messages, apart from those of the clients `but`."""
    entries = [e for e in scene.database["dead_letters"].find({"run_id": run_id}) if not is_kept(e, but)]
    return Counter(
        repr((e["body"], sorted((a["name"], a["type"], a["value"]) for a in e["message_attributes"]))) for e in entries
    )


def is_kept(entry: dict[str, Any], but: dict[str, str]) -> bool:
    return entry["record_key"] in but and entry["outcome"] == "recovered"


def in_queue(scene: Scene) -> Counter[str]:
    """The same of the dead-letter queue; all of it is visible again a second later."""
    sqs = scene.sqs
    found: dict[str, dict[str, Any]] = {}
    url = sqs.get_queue_url(QueueName=scene.env["RECLAIM_QUEUE"])["QueueUrl"]
    while got := sqs.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=300, MessageAttributeNames=["All"]
    ).get("Messages"):
        found |= {message["MessageId"]: message for message in got}
    for message in found.values():
        sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)
    return Counter(repr((m["Body"], attributes_of(m.get("MessageAttributes", {})))) for m in found.values())


def attributes_of(wire: dict[str, dict[str, Any]]) -> list[tuple[str, str, str | bytes]]:
    return sorted((name, a["DataType"], a.get("StringValue", a.get("BinaryValue", ""))) for name, a in wire.items())
