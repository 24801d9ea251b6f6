"""Operated from the Prefect UI: deployed, started, approved and cancelled; its worker lost, its server restarted."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from dataclasses import field as attribute
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from playwright.sync_api import Page

from reclaim.adapters.prefect_api.crash_detection import HEARTBEAT_SECONDS
from reclaim.local.layout import Layout
from reclaim.local.prefect_server import PrefectServer
from reclaim.local.stack import Stack
from reclaim.local.testing.stack_handle import StackHandle
from tests.e2e.browser import browsing, choose, fill
from tests.e2e.deployed import PROJECT, Orchestrator, Worker, deploy
from tests.e2e.scene import FINAL, Scene

pytestmark = [pytest.mark.stack, pytest.mark.timeout(900)]

VISIBILITY_SECONDS = 6
BATCH = 20
ONE_PERSON_MAY = 100
MANY = 500
A_BATCH_AND_THE_WAY_OF_THE_SIGNAL = timedelta(seconds=8)
AGREED = {"operator": "ann", "approver": "ben", "reason": "INC-1"}


@dataclass
class Operated:
    """A scene whose recoveries run under a worker, on a Prefect server that may be restarted."""

    scene: Scene
    server: Stack
    orchestrator: Orchestrator
    worker: Worker
    lost: str = ""
    truth: dict[str, Any] = attribute(default_factory=lambda: {"events": {}})

    def seed(self, messages: int, seed: int) -> None:
        """Stage another outage beside those of the tests before."""
        self.truth["events"] |= self.scene.seed(messages, seed)["events"]

    def recover(self, **request: Any) -> str:  # noqa: ANN401
        return self.orchestrator.start("recover", **{**AGREED, **request})

    def started_slowly(self) -> str:
        """A recovery that is at work, past its canary batches, with most of its work before it."""
        before = self.recorded
        run_id = self.recover(rate=40, lanes=2)
        wait_until(lambda: self.recorded >= before + 3 * BATCH)
        return run_id

    @property
    def recorded(self) -> int:
        return int(self.scene.database["dead_letters"].count_documents({}))

    @property
    def settled(self) -> int:
        final = {"outcome": {"$in": list(FINAL)}}
        return int(self.scene.database["dead_letters"].count_documents(final))

    def last_receive(self, run_id: str) -> datetime:
        entries = self.scene.database["dead_letters"].find({"run_id": run_id})
        found: datetime = max(entry["steps"]["received"] for entry in entries)
        return found.replace(tzinfo=UTC)

    def entry(self, run_id: str | None = None) -> dict[str, Any]:
        """A run in the registry; the newest by default."""
        asked = {"_id": run_id} if run_id else {}
        (found,) = self.scene.database["recovery_runs"].find(asked).sort("started_at", -1).limit(1)
        return dict(found)

    def assert_recovered(self) -> None:
        """All is recovered, by one more run if need be: each client has exactly the outcomes that were staged for it.

        Which of two events of a client is the duplicate is open where a run ended between them.
        """
        if self.scene.depth().total():
            self.orchestrator.until(self.recover(), {"COMPLETED"})
        events = self.truth["events"]
        entries = {entry["body_sha256"]: entry for entry in self.scene.database["dead_letters"].find()}
        found = Counter((events[sha]["record_key"], e["outcome"], e["cause"]) for sha, e in entries.items())
        assert found == Counter((e["record_key"], e["outcome"], e["cause"]) for e in events.values())
        assert self.scene.depth().total() == 0
        self.scene.assert_ids_are_derived()
        entry = self.entry()
        assert (entry["state"], entry["balanced"]) == ("completed", True)


@pytest.fixture(scope="module")
def operated(
    stack: StackHandle,
    tools: Path,
    tmp_path_factory: pytest.TempPathFactory,
    give_prefect_database: Callable[[Layout], None],
) -> Iterator[Operated]:
    """Deployed from a clean profile, onto a server of its own: one that tests share must not be restarted."""
    folder = tmp_path_factory.mktemp("operated")
    layout = Layout(root=folder, tools=tools)
    give_prefect_database(layout)
    server = Stack(layout, services=[PrefectServer()])
    try:
        prefect = {name: value for name, value in server.up().variables.items() if name.startswith("PREFECT_")}
        settings = {
            "RECLAIM_APPROVAL_MESSAGES": str(ONE_PERSON_MAY),
            "RECLAIM_BATCH_SIZE": str(BATCH),
            "RECLAIM_VISIBILITY_TIMEOUT_SECONDS": str(VISIBILITY_SECONDS),
            "PREFECT_HOME": str(folder / "clean"),
        }
        scene = Scene.on(stack, **{**prefect, **settings})
        with Orchestrator(prefect["PREFECT_API_URL"]) as orchestrator:
            orchestrator.ask("POST", "/work_pools/", {"name": "reclaim", "type": "process"})
            deploy(scene.env)
            orchestrator.pause_schedules()
            worker = Worker("reclaim", scene.env, folder / "worker.log")
            try:
                yield Operated(scene, server, orchestrator, worker)
            finally:
                worker.stop()
                print((folder / "worker.log").read_text())  # noqa: T201  (where a run's log is, should one fail)
    finally:
        server.down()


def test_all_is_deployed_from_a_clean_profile_without_a_question(operated: Operated) -> None:
    """The fixture has deployed it, on a terminal where a question would have met the end of its input."""
    wanted = yaml.safe_load((PROJECT / "prefect.yaml").read_text())["deployments"]
    found = {one["name"]: one for one in operated.orchestrator.deployments()}

    assert found.keys() == {one["name"] for one in wanted}
    assert all(one["global_concurrency_limit"]["limit"] == 1 for one in found.values())
    assert [one["pull_steps"] for one in found.values()] == [
        [{"flows.support.pull_steps.work_in_the_project": {}}]
    ] * len(wanted)


def test_a_recovery_is_started_approved_and_followed_in_the_browser(operated: Operated, tmp_path: Path) -> None:
    operated.seed(ONE_PERSON_MAY + 20, seed=31)
    ui = operated.scene.env["PREFECT_UI_URL"]

    with browsing(tmp_path) as page:
        page.goto(f"{ui}/deployments/deployment/{operated.orchestrator.deployment('recover')['id']}/run")
        fill(page, "Reason", "INC-4711: clients without tracking IDs")
        run_id = submit(page, operated)

        page.goto(f"{ui}/runs/flow-run/{run_id}")
        page.get_by_text("Suspended", exact=True).wait_for()
        assert operated.recorded == 0
        page.get_by_role("button", name="Resume").click()
        choose(page, "Decision", "approve")
        fill(page, "Approver", "ben")
        fill(page, "Reason", "looked at the canary")
        page.get_by_role("button", name="Submit").click()
        page.get_by_text("Flow run resumed").first.wait_for()

        page.get_by_text("Completed", exact=True).wait_for()
        page.get_by_text("Artifacts", exact=True).click()
        for artifact in ("summary", "causes", "report"):
            page.get_by_text(f"recovery-{operated.entry()['_id'].lower()}-{artifact}").last.wait_for()

    assert operated.entry()["approver"] == "ben"
    operated.scene.assert_truth(operated.truth)


def test_what_a_cancel_a_lost_machine_and_a_restart_leave_over_the_next_run_finishes(operated: Operated) -> None:
    operated.seed(MANY, seed=32)

    cancelled_in_mid_run(operated)
    lost_in_mid_run(operated)
    server_restarted_in_mid_run(operated)

    operated.assert_recovered()


def submit(page: Page, operated: Operated) -> str:
    """Submit the form, again where Prefect's busy server refused it ("Oops. Something went wrong."); the flow run."""
    for _ in range(5):
        page.get_by_role("button", name="Submit").click()
        with suppress(AssertionError):
            (run_id,) = wait_until(lambda: [run["id"] for run in operated.orchestrator.runs("recover")], 30)
            return str(run_id)
    raise AssertionError("Prefect accepted no run.")


def cancelled_in_mid_run(operated: Operated) -> None:
    """It stops within a batch, its ledger balances, and all that it has not settled is visible."""
    staged, settled = operated.scene.depth().total(), operated.settled
    run_id = operated.started_slowly()

    asked_at = datetime.now(UTC)
    operated.orchestrator.cancel(run_id)
    operated.orchestrator.until(run_id, {"CANCELLED"})

    entry = operated.entry()
    assert (entry["state"], entry["balanced"]) == ("halted", True)
    assert "An operator stopped the run" in entry["explanation"]
    assert operated.last_receive(entry["_id"]) - asked_at < A_BATCH_AND_THE_WAY_OF_THE_SIGNAL
    left = staged - (operated.settled - settled)
    assert left > MANY / 2
    wait_until(lambda: operated.scene.depth() == Counter(visible=left), VISIBILITY_SECONDS + 30)


def lost_in_mid_run(operated: Operated) -> None:
    """Killed with its worker, so that nobody is left to tell: it is shown as crashed, and so is what it left."""
    with impatient_detection(operated):
        run_id = operated.started_slowly()
        operated.worker.kill()
        operated.worker.restart()
        crashed = operated.orchestrator.until(run_id, {"CRASHED"})
    assert "heartbeats stopped" in crashed["state"]["message"]
    operated.lost = operated.entry()["_id"]


def server_restarted_in_mid_run(operated: Operated) -> None:
    """It goes on without the server, and its state is told once that is back; what was lost before is accounted for."""
    run_id = operated.started_slowly()
    entry = operated.entry()

    operated.server.down()
    operated.server.up()

    operated.orchestrator.until(run_id, {"COMPLETED"})
    entry = operated.entry(entry["_id"])
    assert (entry["state"], entry["balanced"]) == ("completed", True)
    assert operated.entry(operated.lost)["state"] == "interrupted"


@contextmanager
def impatient_detection(operated: Operated) -> Iterator[None]:
    """A run is given up after one missed heartbeat instead of three."""
    (found,) = (one for one in operated.orchestrator.automations() if one["name"] == "reclaim-crashed-runs")
    automation = {name: found[name] for name in ("name", "description", "enabled", "trigger", "actions")}
    automation["trigger"]["within"] = HEARTBEAT_SECONDS + 5
    operated.orchestrator.ask("PUT", f"/automations/{found['id']}", automation)
    yield
    assert "automation reclaim-crashed-runs: change" in operated.scene.run("provision").stdout


def wait_until(answer: Callable[[], Any], seconds: float = 180) -> Any:  # noqa: ANN401
    """The first answer that says yes."""
    deadline = time.monotonic() + seconds
    while not (found := answer()):
        assert time.monotonic() < deadline, "in vain"
        time.sleep(0.5)
    return found
