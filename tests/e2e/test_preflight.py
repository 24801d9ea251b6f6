"""The preflight as it is typed: a healthy system, a broken one, and a recovery that refuses to start on it."""

from __future__ import annotations

from pathlib import Path
from secrets import token_hex

import pytest

from reclaim.local.testing.stack_handle import StackHandle
from tests.builders import CONTRACT, KEY, a_body
from tests.e2e.scene import Scene

pytestmark = pytest.mark.stack

# Whatever other tests have deployed on the shared Prefect server.
ELSEWHERE = {"orchestrator.limits"}


def test_a_recovery_refuses_to_start_on_what_the_preflight_finds_broken(stack: StackHandle) -> None:
    scene = Scene.on(stack, RECLAIM_EVIDENCE_KEY=token_hex(32))
    healthy = scene.run("preflight", "--json").report
    assert {one["code"] for one in healthy["findings"] if one["status"] == "fail"} - ELSEWHERE == set()
    assert healthy["counts"]["unreachable"] == 0

    scene.send([a_body("cl_1")])
    scene.database["clients"].drop_index("tracking_id_unique")
    refused = scene.recover()
    assert refused.exit_code == 64
    assert "store.indexes (index clients.tracking_id_unique is missing)" in refused.stderr
    assert scene.database["recovery_runs"].count_documents({}) == 0
    assert scene.depth() == {"visible": 1, "in_flight": 0}

    broken = scene.as_processes.run("preflight")
    assert broken.exit_code == 2
    assert "store.indexes" in broken.stdout
    assert "Integrations (queues, recovery, alarms): pager integrations" in broken.stdout

    overridden = scene.recover("--override-preflight", "INC-4711")
    assert overridden.exit_code == 0, overridden.stderr
    (run,) = scene.database["recovery_runs"].find()
    assert run["parameters"]["override_preflight"] == "INC-4711"
    assert "store.indexes" in run["parameters"]["preflight_failed"]


def test_offline_it_is_a_step_of_the_producers_ci(idle_stack: StackHandle, tmp_path: Path) -> None:
    samples = tmp_path / "samples.jsonl"
    samples.write_text(a_body("cl_1", tracking_id=CONTRACT.identity.derive("cl_1", KEY)))
    asked = ("preflight", "--offline", "--events", str(samples))
    assert idle_stack.run(*asked).returncode == 0

    samples.write_text(a_body("cl_1"))
    dropped = idle_stack.run(*asked)
    assert dropped.returncode == 2
    assert "client.tracking_id is absent in 1 of 1 events" in " ".join(dropped.stdout.split())
    assert "Client Platform: pager client-platform" in dropped.stdout
