"""The one local stack that contract and end-to-end tests of a session share."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from reclaim.local.environment import parse
from reclaim.local.stack import Stack
from reclaim.local.testing.stack_handle import StackHandle

PROJECT = Path(__file__).parents[1]


def pytest_configure() -> None:
    """Whoever runs the tests in the background has SIGINT ignored, and every command typed here would inherit that."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


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
def stack(tmp_path_factory: pytest.TempPathFactory, tools: Path) -> Iterator[StackHandle]:
    """A running stack for the whole session, the developer's untouched; started with the real command.

    Whoever runs a few tests again and again keeps a stack up and names its folder in RECLAIM_TEST_STACK.
    """
    if kept := os.environ.get("RECLAIM_TEST_STACK"):
        handle = StackHandle.at(Path(kept), tools)
        handle.env.update(parse(handle.layout.stack_env.read_text()))
        yield handle
        return
    handle = StackHandle.at(tmp_path_factory.mktemp("stack"), tools)
    try:
        result = handle.run("up", timeout=600)
        assert result.returncode == 0, result.stderr
        handle.env.update(parse(handle.layout.stack_env.read_text()))
        yield handle
    finally:
        Stack(handle.layout).down()
