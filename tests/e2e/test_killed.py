"""kill -9 at random moments, each followed by a rerun: nothing lost, no second ID, counts exact."""

from __future__ import annotations

import os
import random
import signal
import time

import pytest

from reclaim.local.testing.stack_handle import StackHandle
from tests.e2e.scene import Scene

pytestmark = [pytest.mark.stack, pytest.mark.timeout(600)]

KILLS = 10


def test_a_recovery_killed_ten_times_loses_and_doubles_nothing(stack: StackHandle) -> None:
    scene = Scene.on(stack, RECLAIM_VISIBILITY_TIMEOUT_SECONDS="4", RECLAIM_BATCH_SIZE="40", RECLAIM_RATE="250")
    truth = scene.seed(2500, seed=11)
    seed = time.time_ns()
    print(f"moments of the kills: random.Random({seed})")  # noqa: T201  (needed to repeat a failure)
    moments = random.Random(seed)  # noqa: S311  (chance, not a secret)

    for _ in range(KILLS):
        kill_at_work(scene, moments.uniform(0, 1.2))
    last = scene.recover()

    assert last.exit_code == 2, last.stderr
    assert last.report["balanced"] is True
    assert last.report["validation"]["success"] is True
    scene.assert_truth(truth)
    scene.assert_ids_are_derived()
    runs = list(scene.database["recovery_runs"].find())
    assert sorted(run["state"] for run in runs) == ["completed"] + ["interrupted"] * KILLS
    assert scene.counted() == {name: truth["counts"][name] for name in scene.counted()}


def kill_at_work(scene: Scene, seconds: float) -> None:
    """Start a recovery, wait until it handles messages, then so many seconds more, then kill it."""
    entered = scene.database["recovery_runs"].count_documents({})
    process = scene.start_recovery()
    try:
        deadline = time.monotonic() + 120
        while scene.database["recovery_runs"].count_documents({}) == entered:
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline, "it did not begin"
            time.sleep(0.02)
        time.sleep(seconds)
        assert process.poll() is None, "it was done before it could be killed"
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.communicate(timeout=60)
