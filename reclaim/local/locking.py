"""One at a time, across processes."""

from __future__ import annotations

import fcntl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reclaim.local.readiness import Cancelled
from reclaim.model.errors import StackUnavailable

_POLL_SECONDS = 0.1


@contextmanager
def exclusive(path: Path, seconds: float, cancelled: threading.Event, what: str) -> Iterator[None]:
    """Hold a file's lock; the operating system lets go of it when the holder dies.

    Args:
        path: the lock's file, made if missing.
        seconds: how long to wait for another holder.
        cancelled: ends the wait early.
        what: what the other holder is doing, in a sentence.

    Raises:
        StackUnavailable: another process still holds it.
        Cancelled: the wait was ended.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        deadline = time.monotonic() + seconds
        while not _taken(file.fileno()):
            if time.monotonic() >= deadline:
                raise StackUnavailable(f"Another process has kept {what} busy for {seconds:.0f} s.", "Try again later.")
            if cancelled.wait(_POLL_SECONDS):
                raise Cancelled
        yield


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
