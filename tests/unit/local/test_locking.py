from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from reclaim.local.locking import exclusive
from reclaim.local.readiness import Cancelled
from reclaim.model.errors import StackUnavailable

HOLDS = """
import sys, threading
from pathlib import Path
from reclaim.local.locking import exclusive
with exclusive(Path(sys.argv[1]), 5, threading.Event(), "it"):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def another_process_that_holds(path: Path) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDS, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        try:
            yield holder
        finally:
            holder.kill()


def test_a_lock_is_had_again_and_its_file_stays(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "lock"

    for _ in range(2):
        with exclusive(path, 0, threading.Event(), "it"):
            assert path.exists()

    assert path.exists()


def test_what_another_process_holds_is_waited_for_and_then_given_up(tmp_path: Path) -> None:
    began = time.monotonic()
    with (
        another_process_that_holds(tmp_path / "lock"),
        pytest.raises(StackUnavailable, match=r"Another process has kept the local stack busy for 1 s\."),
        exclusive(tmp_path / "lock", 1, threading.Event(), "the local stack"),
    ):
        pass
    assert time.monotonic() - began >= 1


def test_the_lock_of_a_killed_process_is_free(tmp_path: Path) -> None:
    with another_process_that_holds(tmp_path / "lock") as holder:
        holder.kill()

        with exclusive(tmp_path / "lock", 5, threading.Event(), "it"):
            pass


def test_a_wait_can_be_cancelled(tmp_path: Path) -> None:
    cancelled = threading.Event()
    cancelled.set()

    with (
        another_process_that_holds(tmp_path / "lock"),
        pytest.raises(Cancelled),
        exclusive(tmp_path / "lock", 60, cancelled, "it"),
    ):
        pass
