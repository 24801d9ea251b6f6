"""A command that the tests' fork server runs finds what a new process finds, and ends as one does."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from reclaim.local.testing.stack_handle import Start, bare_environment, start_process
from tests.support.commands import ForkServer


def typed(start: Start, folder: Path, *arguments: str) -> tuple[int | None, str, str]:
    """What comes of a command with these arguments."""
    command = start(command_line(arguments), environment(folder), folder)
    stdout, stderr = command.communicate(timeout=120)
    return command.returncode, stdout, stderr


def command_line(arguments: Sequence[str]) -> list[str]:
    return [sys.executable, "-m", "tests.support.mirror", *arguments]


def environment(folder: Path) -> dict[str, str]:
    return bare_environment() | {
        "PREFECT_API_URL": "http://127.0.0.1:1/api",
        "PREFECT_HOME": str(folder / "prefect"),
        "PREFECT_LOGGING_LEVEL": "WARNING",
        "NOT_UTF_8": os.fsdecode(b"\xff"),
    }


def test_it_begins_as_a_new_process_does(commands: ForkServer, tmp_path: Path) -> None:
    forked = typed(commands.start, tmp_path, "exit", "7")
    started = typed(start_process, tmp_path, "exit", "7")

    found: dict[str, Any] = json.loads(forked[1])
    assert found["prefect"][:2] == ["http://127.0.0.1:1/api", str(tmp_path / "prefect")]
    assert found["signals"][str(int(signal.SIGINT))] == str(signal.default_int_handler)
    assert found == json.loads(started[1])
    assert (forked[0], forked[2]) == (started[0], started[2]) == (7, "at exit\n")


def test_an_exception_is_told_on_stderr(commands: ForkServer, tmp_path: Path) -> None:
    code, _, stderr = typed(commands.start, tmp_path, "error")

    assert code == 1
    assert stderr.endswith("ValueError: asked for\nat exit\n")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_signals_reach_it_and_its_group_and_show_in_its_return_code(
    commands: ForkServer, tmp_path: Path, number: signal.Signals
) -> None:
    for send in (os.kill, os.killpg):
        command = commands.start(command_line(["wait"]), environment(tmp_path), tmp_path)
        assert command.stdout
        command.stdout.readline()
        assert command.poll() is None
        with pytest.raises(subprocess.TimeoutExpired):
            command.communicate(timeout=0.01)

        send(command.pid, number)

        _, stderr = command.communicate(timeout=60)
        assert command.returncode == -number
        assert ("KeyboardInterrupt" in stderr) == (number == signal.SIGINT)
        with pytest.raises(ProcessLookupError):
            os.kill(command.pid, 0)
