"""A recovery asks the preflight first: it refuses to start on a blocking failure, unless somebody says why it must."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from reclaim.adapters.memory.preflight import MemoryProbes, healthy_queues, healthy_store
from reclaim.model.errors import ExitCode, PreflightFailed, StoreUnavailable
from reclaim.preflight.result import Preflight
from reclaim.requests import PreflightRequest
from tests.flows.world import World

NO_INDEX = MemoryProbes(store_seen=replace(healthy_store(), missing_indexes=("index clients.x is missing",)))
WRONG_KEY = MemoryProbes(store_seen=replace(healthy_store(), mismatched=3))


def short_retention() -> MemoryProbes:
    seen = healthy_queues()
    assert seen.dead_letters
    return MemoryProbes(replace(seen, dead_letters=replace(seen.dead_letters, retention=timedelta(days=1))))


@pytest.mark.parametrize("override", [None, "", "  "])
@pytest.mark.parametrize(("probes", "code"), [(NO_INDEX, "store.indexes"), (WRONG_KEY, "keys.tracking_derives")])
def test_a_recovery_refuses_to_start_on_a_blocking_failure(
    probes: MemoryProbes, code: str, override: str | None, world: World
) -> None:
    world.send_events(3)
    world.memory.preflight = probes

    with pytest.raises(PreflightFailed, match=code) as caught:
        world.recover(override_preflight=override)

    assert caught.value.exit_code is ExitCode.USAGE
    assert "--override-preflight" in caught.value.next_step
    assert [call.name for call in world.journal.calls] == ["queue.contract"]
    assert world.runs.latest(1) == []


def test_a_dry_run_refuses_too_since_it_goes_the_way_that_a_real_run_goes(world: World) -> None:
    world.memory.preflight = NO_INDEX
    with pytest.raises(PreflightFailed):
        world.recover(dry_run=True)


def test_overridden_it_starts_and_keeps_the_reason_and_what_had_failed(world: World) -> None:
    world.send_events(3)
    world.memory.preflight = NO_INDEX
    report = world.recover(override_preflight="INC-4711: finance waits")

    (run,) = world.runs.latest(1)
    assert report.counts.recovered == 3
    for parameters in (run.parameters, report.parameters, world.saved_report(report)["parameters"]):
        assert parameters["override_preflight"] == "INC-4711: finance waits"
        assert parameters["preflight_failed"] == "store.indexes (index clients.x is missing)"
    page = (world.reports / report.run_id / "report.html").read_text()
    assert "INC-4711: finance waits" in page
    assert "index clients.x is missing" in page


def test_an_advisory_failure_keeps_no_recovery_from_starting(world: World) -> None:
    world.send_events(3)
    world.memory.preflight = short_retention()
    report = world.recover()

    assert report.counts.recovered == 3
    assert "preflight_failed" not in report.parameters


def test_a_field_that_nobody_owns_keeps_it_from_starting(
    world: World, settings: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ours = Path(__file__).parents[2] / "ops" / "ownership.yaml"
    before, _, after = ours.read_text().rpartition("    owner: client-platform\n")
    (tmp_path / "ownership.yaml").write_text(before + after)
    settings.setenv("RECLAIM_CHECKLIST", str(tmp_path / "ownership.yaml"))

    with pytest.raises(PreflightFailed, match=r"ownership\.client\.tracking_id .* has no owner\)\."):
        world.recover()


def test_a_store_that_answers_on_the_second_try_is_waited_for(world: World) -> None:
    class Stumbling(MemoryProbes):
        stumbled = False

        def store(self, key: bytes) -> Any:  # noqa: ANN401
            if not self.stumbled:
                self.stumbled = True
                raise StoreUnavailable("MongoDB is away.")
            return super().store(key)

    world.send_events(1)
    world.memory.preflight = Stumbling()
    assert world.recover().counts.recovered == 1


def test_the_flow_fails_where_an_item_fails_and_shows_what_to_do(world: World) -> None:
    from prefect.client.orchestration import get_client  # noqa: PLC0415

    from flows.preflight import preflight  # noqa: PLC0415

    world.memory.preflight = short_retention()
    state: Any = preflight(PreflightRequest(), return_state=True)
    found = state.result(raise_on_failure=False)

    assert isinstance(found, Preflight)
    assert state.is_failed()
    assert "queue.retention" in [finding.code for finding in found.failed]
    with get_client(sync_client=True) as client:
        artifacts = client.request("POST", "/artifacts/latest/filter", json={}).json()
    shown = {one["key"]: one["data"] for one in artifacts}
    assert "queue.retention" in shown["preflight"]
    assert "Integrations" in shown["preflight"]
    assert "store.indexes" in shown["preflight-items"]
