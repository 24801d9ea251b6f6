"""What the worker processes of one test session share."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psutil
from filelock import FileLock

_START_TIME_TOLERANCE: Final = 2.0
"""Seconds. A start time is derived from the boot time, which moves a little when the clock is set."""


@contextmanager
def shared(folder: Path, start: Callable[[], None], stop: Callable[[], None]) -> Iterator[None]:
    """Use something together with other processes: the first to come starts it, the last to go stops it.

    A process that has died without going does not count.

    Args:
        folder: the place of the lock and of the list of users; the same for all of them.
        start: starts it.
        stop: stops it, or what was started of it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock, users = FileLock(folder / "lock"), folder / "users.json"
    me = psutil.Process()
    with lock:
        others = _living(users)
        if not others:
            try:
                start()
            except BaseException:
                stop()
                raise
        _write(users, {**others, os.getpid(): me.create_time()})
    try:
        yield
    finally:
        with lock:
            others = {pid: since for pid, since in _living(users).items() if pid != os.getpid()}
            _write(users, others)
            if not others:
                stop()


def _living(users: Path) -> dict[int, float]:
    if not users.exists():
        return {}
    known = {int(pid): since for pid, since in json.loads(users.read_text()).items()}
    return {pid: since for pid, since in known.items() if _lives(pid, since)}


def _lives(pid: int, since: float) -> bool:
    try:
        process = psutil.Process(pid)
        same = abs(process.create_time() - since) < _START_TIME_TOLERANCE
        return same and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _write(users: Path, them: dict[int, float]) -> None:
    users.write_text(json.dumps(them))
