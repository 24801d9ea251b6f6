"""From a dead letter to the end of its recovery with nobody at the keyboard: alarm, event, run, calm."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
import pytest
import yaml

from reclaim.local.testing.stack_handle import Command, StackHandle
from reclaim.monitoring.alarms import AlarmKind
from reclaim.monitoring.signals import Signal, SignalName
from tests.builders import a_body
from tests.e2e.deployed import PROJECT, Orchestrator, Worker, deploy
from tests.e2e.scene import Scene

pytestmark = [pytest.mark.stack, pytest.mark.timeout(600)]

STORM = 10


@dataclass(frozen=True)
class Looks:
    """`reclaim watch`, looking as the schedule has it look, only more often."""

    process: Command

    def until(self, is_so: Callable[[dict[str, Any]], object], seconds: float = 180) -> dict[str, Any]:
        """The first look of which `is_so`."""
        deadline = time.monotonic() + seconds
        assert self.process.stdout
        for line in self.process.stdout:
            look: dict[str, Any] = json.loads(line)
            if is_so(look):
                return look
            assert time.monotonic() < deadline, look
        raise AssertionError(self.process.communicate()[1])


@pytest.fixture
def scene(stack: StackHandle) -> Iterator[Scene]:
    """With alarms that are as quick as they may be, and notifications that no other test reads."""
    own = f"alarms-{uuid4().hex[:8]}"
    scene = Scene.on(stack, RECLAIM_ALARM_PERIOD_SECONDS="10", RECLAIM_ALARM_TOPIC=own, RECLAIM_ALARM_QUEUE=own)
    yield scene
    cloudwatch(scene).delete_alarms(AlarmNames=[alarm(scene, kind) for kind in AlarmKind])


@pytest.fixture
def orchestrator(scene: Scene, tmp_path: Path) -> Iterator[Orchestrator]:
    suffix = f"-{scene.env['RECLAIM_SOURCE_QUEUE']}"
    with Orchestrator(scene.env["PREFECT_API_URL"], suffix) as orchestrator, deployed(scene, tmp_path, orchestrator):
        yield orchestrator


@pytest.fixture
def looks(scene: Scene) -> Iterator[Looks]:
    process = scene.as_processes.stack.popen("watch", "--json", "--every", "1")
    try:
        yield Looks(process)
    finally:
        process.terminate()
        process.communicate(timeout=120)


def test_dead_letters_set_off_an_alarm_that_starts_one_recovery_and_is_then_over(
    scene: Scene, looks: Looks, orchestrator: Orchestrator, record_property: Callable[[str, object], None]
) -> None:
    looks.until(lambda look: look["unrecovered"] == 0)
    filled_at = datetime.now(UTC)
    scene.send([a_body(f"cl_{number}") for number in range(40)])

    asked = looks.until(lambda look: SignalName.ALARM in {s["event"] for s in look["signals"]})
    assert [s["queue"] for s in asked["signals"] if s["event"] == SignalName.ALARM] == [scene.env["RECLAIM_QUEUE"]]
    assert state_of_alarm(scene) == "ALARM"
    for number in range(STORM):
        emit(orchestrator, Signal(SignalName.ALARM, scene.env["RECLAIM_QUEUE"], (f"storm-{number}",), filled_at))
    looks.until(lambda look: look["unrecovered"] == 0 and look["last_run_started_at"] and not look["busy"])
    looks.until(lambda _: state_of_alarm(scene) == "OK")

    (run,) = list(scene.database["recovery_runs"].find())
    assert (run["state"], run["operator"], run["counts"]["recovered"]) == ("completed", "reclaim watch", 40)
    assert run["reason"].startswith(f"reclaim-{scene.env['RECLAIM_QUEUE']}-")
    states = [found["state_type"] for found in orchestrator.runs("recover")]
    assert states.count("COMPLETED") == 1
    assert set(states) <= {"COMPLETED", "CANCELLED"}  # what comes too late for the trigger meets the limit
    assert scene.depth().total() == 0
    seconds = (run["started_at"].replace(tzinfo=UTC) - filled_at).total_seconds()
    record_property("measured", f"{seconds:.1f} s from the first dead letter to the start of its recovery")


@contextmanager
def deployed(scene: Scene, folder: Path, orchestrator: Orchestrator) -> Iterator[None]:
    """`prefect deploy` of the project's own file, and a worker; all of it is gone afterwards."""
    name = scene.env["RECLAIM_SOURCE_QUEUE"]
    file = folder / "prefect.yaml"
    file.write_text(yaml.safe_dump(of_the_scene(yaml.safe_load((PROJECT / "prefect.yaml").read_text()), name)))
    orchestrator.ask("POST", "/work_pools/", {"name": name, "type": "process"})
    worker = Worker(name, scene.env, folder / "worker.log")
    try:
        deploy(scene.env, "--prefect-file", str(file))
        yield
    finally:
        worker.stop()
        for flow in ("recover", "watch"):
            orchestrator.ask("DELETE", f"/deployments/{orchestrator.deployment(flow)['id']}")
        orchestrator.ask("DELETE", f"/work_pools/{name}")


def emit(orchestrator: Orchestrator, signal: Signal) -> None:
    event = {"event": signal.name.value, "occurred": datetime.now(UTC).isoformat(), "id": str(signal.event_id)}
    event |= {"resource": {"prefect.resource.id": signal.resource_id}, "payload": signal.payload}  # type: ignore[dict-item]
    orchestrator.emit(event)


def of_the_scene(prefect_yaml: dict[str, Any], name: str) -> dict[str, Any]:
    """The project's deployments of watch and recovery, listening to the scene's queue only, and to no clock."""
    chosen = [one for one in prefect_yaml["deployments"] if one["name"] in ("recover", "watch")]
    for deployment in chosen:
        deployment["name"] = f"{deployment['name']}-{name}"
        deployment["work_pool"] = {**deployment["work_pool"], "name": name}
        deployment["schedules"] = []
        for trigger in deployment.get("triggers", []):
            trigger["name"] = f"{trigger['name']}-{name}"
            assert trigger["match"]["prefect.resource.id"] == "reclaim.queue.*"
            trigger["match"]["prefect.resource.id"] = f"reclaim.queue.{name}-dlq"
    return {**prefect_yaml, "deployments": chosen}


def alarm(scene: Scene, kind: AlarmKind) -> str:
    return f"reclaim-{scene.env['RECLAIM_QUEUE']}-{kind.value}"


def state_of_alarm(scene: Scene) -> str:
    found = cloudwatch(scene).describe_alarms(AlarmNames=[alarm(scene, AlarmKind.DEPTH)])["MetricAlarms"]
    state: str = found[0]["StateValue"]
    return state


def cloudwatch(scene: Scene) -> Any:  # noqa: ANN401
    return boto3.client(
        "cloudwatch",
        endpoint_url=scene.env["AWS_ENDPOINT_URL"],
        region_name=scene.env["AWS_DEFAULT_REGION"],
        aws_access_key_id=scene.env["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=scene.env["AWS_SECRET_ACCESS_KEY"],
    )
