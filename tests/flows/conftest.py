"""One Prefect server for all flow tests, and a world in memory for each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from reclaim.adapters.bootstrap import MEMORY_SCHEME
from reclaim.local.outage import plan_outage, truth_of
from reclaim.reports.model import RunReport
from reclaim.settings import read_settings
from tests.flows.stubs import AcceptingValidator
from tests.flows.world import KEY, PASSWORD, QUEUE, Recovered, World

_SETTINGS = {
    "LANES": "3",
    "BATCH_SIZE": "40",
    "TASK_RETRIES": "2",
    "RETRY_SECONDS": "0.05",
    "WAIT_TIME_SECONDS": "1",
    "EMPTY_POLLS": "2",
    "PATIENCE_SECONDS": "10",
    # Long enough that nothing comes back by itself while the world's clock runs fast.
    "VISIBILITY_TIMEOUT_SECONDS": "3600",
    "DEFER_SECONDS": "600",
    "OPERATOR": "night shift",
    "QUEUE": QUEUE,
    "TRACKING_KEY": KEY,
}


@pytest.fixture(scope="session")
def prefect_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A Prefect server with a database of its own; the database's file. Takes 20 s to start."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PREFECT_HOME", str(tmp_path_factory.mktemp("prefect")))
        patch.setenv("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
        patch.setenv("DO_NOT_TRACK", "1")
        patch.setenv("PREFECT_SERVER_SERVICES_EVENT_PERSISTER_FLUSH_INTERVAL", "1")  # seconds; tests read events
        for service in ("SCHEDULER", "LATE_RUNS", "PAUSE_EXPIRATIONS", "CANCELLATION_CLEANUP", "FOREMAN", "TRIGGERS"):
            patch.setenv(f"PREFECT_SERVER_SERVICES_{service}_ENABLED", "false")
        from prefect.settings import PREFECT_SERVER_DATABASE_CONNECTION_URL  # noqa: PLC0415
        from prefect.testing.utilities import prefect_test_harness  # noqa: PLC0415

        with prefect_test_harness(server_startup_timeout=120):
            yield Path(str(PREFECT_SERVER_DATABASE_CONNECTION_URL.value()).partition(":///")[2])


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """Small settings in the environment; the patch to change them with."""
    configure(monkeypatch, tmp_path, uuid4().hex)
    return monkeypatch


@pytest.fixture
def world(prefect_database: Path, settings: pytest.MonkeyPatch, tmp_path: Path) -> World:
    """An empty queue, no records, an empty ledger, no runs; what a run leaves is not validated."""
    name = read_settings().mongo_uri.get_secret_value().removeprefix(MEMORY_SCHEME)
    return World(name, tmp_path / "reports", AcceptingValidator())


@pytest.fixture(scope="session")
def mixed(prefect_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Recovered:
    """One whole recovery of an outage with every kind of message; to be looked at, not changed."""
    folder = tmp_path_factory.mktemp("mixed")
    outage = plan_outage(300, seed=11)
    with pytest.MonkeyPatch.context() as patch:
        name = configure(patch, folder, "mixed")
        world = World(name, folder / "reports")
        world.stage(outage)
        state = world.run()
    report = state.result(raise_on_failure=False)
    assert isinstance(report, RunReport), report
    return Recovered(world, outage, truth_of(outage), state, report)


def configure(patch: pytest.MonkeyPatch, folder: Path, world: str) -> str:
    """Put the settings of a run in a world in memory into the environment; the world's name."""
    world = f"user:{PASSWORD}@{world}"
    patch.setenv("RECLAIM_MONGO_URI", MEMORY_SCHEME + world)
    for name, value in _SETTINGS.items():
        patch.setenv(f"RECLAIM_{name}", value)
    patch.setenv("RECLAIM_REPORTS_URL", str(folder / "reports"))
    return world
