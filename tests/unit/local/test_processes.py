from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from reclaim.local.processes import MARKER, ProcessRecord, ServiceCommand, start, stop

SLEEPS = "import time; time.sleep(600)"
IGNORES_SIGTERM = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); time.sleep(600)"
)
HAS_A_CHILD = (
    "import subprocess, sys, time\n"
    "print(subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']).pid, flush=True)\n"
    "time.sleep(600)"
)


@pytest.fixture
def marker(tmp_path: Path) -> Iterator[str]:
    yield str(tmp_path)
    stop(None, str(tmp_path), 1.0)


def started(program: str, marker: str, tmp_path: Path) -> ProcessRecord:
    command = ServiceCommand([sys.executable, "-c", program], {"GIVEN": "1"}, tmp_path)
    return start(command, service="fake", port=1, marker=marker, log=tmp_path / "fake.log")


def printed(tmp_path: Path) -> str:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if (tmp_path / "fake.log").read_text().endswith("\n"):
            return (tmp_path / "fake.log").read_text().strip()
        time.sleep(0.02)
    raise AssertionError("the program printed nothing")


def test_a_process_sees_only_the_environment_it_is_given(marker: str, tmp_path: Path) -> None:
    started("import os; print(sorted(set(os.environ) - {'LC_CTYPE'}))", marker, tmp_path)

    assert printed(tmp_path) == str(["GIVEN", MARKER])


def test_a_stopped_process_is_gone(marker: str, tmp_path: Path) -> None:
    record = started(SLEEPS, marker, tmp_path)
    assert record.process() is not None

    assert stop(record, marker, 5.0)

    assert record.process() is None


def test_a_process_that_ignores_the_polite_request_is_killed(marker: str, tmp_path: Path) -> None:
    record = started(IGNORES_SIGTERM, marker, tmp_path)
    printed(tmp_path)

    stop(record, marker, 0.3)

    assert record.process() is None


def test_a_frozen_process_is_stopped_all_the_same(marker: str, tmp_path: Path) -> None:
    record = started(SLEEPS, marker, tmp_path)
    os.kill(record.pid, signal.SIGSTOP)

    stop(record, marker, 5.0)

    assert record.process() is None


def test_what_a_process_has_started_goes_with_it(marker: str, tmp_path: Path) -> None:
    record = started(HAS_A_CHILD, marker, tmp_path)
    child = psutil.Process(int(printed(tmp_path)))

    stop(record, marker, 5.0)

    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE


def test_a_process_whose_record_was_never_written_is_found_by_its_marker(marker: str, tmp_path: Path) -> None:
    orphan = started(SLEEPS, marker, tmp_path)

    assert stop(None, marker, 5.0)

    assert orphan.process() is None


def test_a_stranger_that_got_the_recorded_id_is_left_alone(marker: str, tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", SLEEPS]) as stranger:
        record = ProcessRecord("fake", stranger.pid, time.time() - 3600, port=1)

        assert record.process() is None
        assert not stop(record, marker, 0.2)
        assert stranger.poll() is None
        stranger.kill()


def test_a_process_that_ended_does_not_count_though_nobody_has_waited_for_it(marker: str, tmp_path: Path) -> None:
    record = started("pass", marker, tmp_path)
    time.sleep(0.3)

    assert record.process() is None


def test_a_record_survives_the_command_that_wrote_it(tmp_path: Path) -> None:
    record = ProcessRecord("mongod", 4711, 12.5, 27017, came_up=True)
    record.save(tmp_path / "mongod.json")

    assert ProcessRecord.load(tmp_path / "mongod.json") == record


@pytest.mark.parametrize("text", ["", "{", "[]", '{"service": "x"}'])
def test_a_record_that_cannot_be_read_is_no_record(text: str, tmp_path: Path) -> None:
    (tmp_path / "r.json").write_text(text)

    assert ProcessRecord.load(tmp_path / "r.json") is None
