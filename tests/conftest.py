"""The local stack, whose LocalStack all workers of a session share, and the fork server that runs commands for it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

import psutil
import pytest
from filelock import FileLock
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

from reclaim.local.environment import parse
from reclaim.local.layout import Layout
from reclaim.local.localstack import LocalStack
from reclaim.local.prefect_server import PrefectServer
from reclaim.local.processes import MARKER, ProcessRecord
from reclaim.local.stack import Stack
from reclaim.local.testing.stack_handle import PROJECT, StackHandle
from tests.support.commands import ForkServer, fork_server
from tests.support.shared import shared

_LONGEST: Final = (
    "e2e/test_operated.py",
    "e2e/test_alarm_to_recovery.py",
    "flows",
    "contract",
    "e2e/test_contracts.py",
    "e2e/test_store_down.py",
    "e2e/test_killed.py",
    "e2e/test_stack.py",
    "e2e/test_recovery.py",
    "e2e/test_evidence.py",
    "e2e/test_quarantine.py",
    "e2e/test_dashboards.py",
)
"""Groups of tests, the longest first; what is not named here comes last."""


def pytest_configure() -> None:
    """A shell ignores SIGINT for what runs in its background, and every command typed here would inherit that."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Workers begin with the longest groups; without workers the order stays."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        places = {group: place for place, group in enumerate(_LONGEST)}
        items.sort(key=lambda item: places.get(_group(item.nodeid), len(places)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadFileScheduling | None:
    """With `--dist loadfile`, each group is run by one worker."""
    return _LoadGroups(config, log) if config.getoption("dist") == "loadfile" else None


class _LoadGroups(LoadFileScheduling):  # type: ignore[misc]
    """`--dist loadgroup` would need marks, and does not work with pytest 9.2."""

    def _split_scope(self, nodeid: str) -> str:
        return _group(nodeid)


def _group(nodeid: str) -> str:
    """The folder, where its tests share what is slow to start, such as a Prefect server; else the file."""
    _, folder, *rest = nodeid.partition("::")[0].split("/")
    return folder if folder in ("flows", "contract") else "/".join((folder, *rest))


def pytest_unconfigure(config: pytest.Config) -> None:
    """Workers that were interrupted may have left services of their stacks running, in folders of this session."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        return
    folder = config._tmp_path_factory.getbasetemp()  # type: ignore[attr-defined]
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.environ().get(MARKER, "").startswith(f"{folder}{os.sep}"):
                process.kill()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show what tests measured, also those that ran in another process."""
    for report in terminalreporter.stats.get("passed", []):
        for name, value in report.user_properties:
            if name == "measured":
                terminalreporter.write_line(f"{value} ({report.nodeid})")


@pytest.fixture(scope="session")
def tools() -> Path:
    """Where LocalStack and mongod are installed: shared with the developer's stack, to save minutes."""
    return Path(os.environ.get("RECLAIM_TOOLS", PROJECT / ".reclaim" / "tools"))


@pytest.fixture(scope="session")
def session_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that the workers of this session share, and nobody else."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(scope="session")
def commands(session_folder: Path) -> Iterator[ForkServer]:
    """Runs commands without importing everything again."""
    with fork_server(session_folder) as server:
        yield server


@pytest.fixture(scope="session")
def localstack(session_folder: Path, tools: Path) -> Iterator[ProcessRecord]:
    """A LocalStack that all workers share: it is slow to start, and tests use names of their own in it."""
    layout = Layout(root=session_folder / "shared", tools=tools)
    services = Stack(layout, services=[LocalStack()])

    def start() -> None:
        layout.root.mkdir(exist_ok=True)
        services.up()

    def stop() -> None:
        services.down()

    with shared(session_folder / "users-of-localstack", start, stop):
        record = ProcessRecord.load(layout.record(LocalStack.name))
        assert record is not None
        yield record


@pytest.fixture(scope="session")
def give_prefect_database(session_folder: Path) -> Callable[[Layout], None]:
    """Gives a stack the copy of an empty Prefect database: making one runs more than a hundred migrations."""
    home = session_folder / "empty-prefect"
    home.mkdir(exist_ok=True)
    database = home / "prefect.db"
    with FileLock(home / "lock"):
        if not (home / "made").exists():
            environment = {**os.environ, "PREFECT_HOME": str(home), "DO_NOT_TRACK": "1"}
            command = [sys.executable, "-m", "prefect", "server", "database", "upgrade", "-y"]
            subprocess.run(command, env=environment, check=True, capture_output=True, timeout=240)
            (home / "made").touch()

    def give(layout: Layout) -> None:
        layout.data(PrefectServer.name).mkdir(parents=True)
        shutil.copy(database, layout.data(PrefectServer.name))

    return give


@pytest.fixture(scope="session")
def stack(
    request: pytest.FixtureRequest, tools: Path, tmp_path_factory: pytest.TempPathFactory, commands: ForkServer
) -> Iterator[StackHandle]:
    """A running stack, the developer's untouched; started with the real command.

    Its mongod and its Prefect server are this worker's own. A test may stop mongod or make it fail; and a Prefect
    server keeps its clients waiting for minutes where two workers run flows on one SQLite database.

    To run a few tests again and again, keep a stack up and name its folder in RECLAIM_TEST_STACK.
    """
    if kept := os.environ.get("RECLAIM_TEST_STACK"):
        yield _found_running(StackHandle.at(Path(kept), tools, commands.start))
        return
    localstack: ProcessRecord = request.getfixturevalue("localstack")
    handle = StackHandle.at(tmp_path_factory.mktemp("stack"), tools, commands.start)
    handle.layout.create()
    request.getfixturevalue("give_prefect_database")(handle.layout)
    # Unless it has come up before, `up` waits for one that is slow to answer instead of starting it again.
    replace(localstack, came_up=False).save(handle.layout.record(LocalStack.name))
    try:
        result = handle.run("up", timeout=600)
        assert result.returncode == 0, result.stderr
        yield _found_running(handle)
    finally:
        own = Stack(handle.layout)
        own.down(only=[service.name for service in own.services if service.name != LocalStack.name])


def _found_running(handle: StackHandle) -> StackHandle:
    return replace(handle, env={**handle.env, **parse(handle.layout.stack_env.read_text())})
