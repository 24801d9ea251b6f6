"""MongoDB goes away in the middle of a run: for a while, and for good."""

from __future__ import annotations

import json
import time

import pytest

from reclaim.local.testing.stack_handle import StackHandle
from tests.e2e.scene import Scene

pytestmark = [pytest.mark.stack, pytest.mark.timeout(600)]

DOWN_SECONDS = 12  # more than RECLAIM_STORE_TIMEOUT_SECONDS: the run has to notice


def test_a_store_that_comes_back_is_waited_for(stack: StackHandle) -> None:
    scene = Scene.on(stack, RECLAIM_BATCH_SIZE="50", RECLAIM_RATE="150")
    truth = scene.seed(900, seed=21)
    process = scene.start_recovery()
    wait_for_entries(scene, 200)

    scene.stack.mongod.stop()
    time.sleep(DOWN_SECONDS)
    scene.stack.mongod.start()
    stdout, stderr = process.communicate(timeout=240)

    report = json.loads(stdout)
    assert process.returncode == 2, (report["explanation"], stderr)
    assert report["state"] == "completed"
    assert report["balanced"] is True
    assert report["counts"] == truth["counts"]
    assert report["retries"] > 0
    scene.assert_truth(truth)
    scene.assert_ids_are_derived()


def test_a_store_that_is_gone_halts_the_run_and_leaves_every_message_in_the_queue(
    stack: StackHandle,
) -> None:
    quick = {"RECLAIM_TASK_RETRIES": "2", "RECLAIM_STORE_TIMEOUT_SECONDS": "2", "RECLAIM_RETRY_SECONDS": "0.5"}
    scene = Scene.on(stack, RECLAIM_BATCH_SIZE="50", RECLAIM_RATE="150", **quick)
    truth = scene.seed(900, seed=22)
    process = scene.start_recovery()
    wait_for_entries(scene, 200)

    scene.stack.mongod.stop()
    try:
        stdout, stderr = process.communicate(timeout=240)
    finally:
        scene.stack.mongod.start()

    assert process.returncode in {3, 4}, stderr
    report = json.loads(stdout)
    assert report["state"] == "halted"
    assert report["explanation"].startswith("MongoDB cannot be reached")
    assert "Traceback" not in stderr
    assert report["balanced"] is True
    # What left the queue was settled before: nothing without an outcome is gone.
    settled = scene.database["dead_letters"].count_documents({"steps.settled": {"$exists": True}})
    assert scene.depth().total() >= len(truth["events"]) - settled

    rerun = scene.recover()

    assert rerun.exit_code == 2, rerun.stderr
    scene.assert_truth(truth)
    scene.assert_ids_are_derived()


def wait_for_entries(scene: Scene, count: int) -> None:
    deadline = time.monotonic() + 120
    while scene.database["dead_letters"].estimated_document_count() < count:
        assert time.monotonic() < deadline, "the recovery did not get going"
        time.sleep(0.05)
