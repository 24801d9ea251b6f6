"""One at a time, across processes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from reclaim.local.readiness import Cancelled
from reclaim.model.errors import StackUnavailable

_POLL_SECONDS = 0.1


@contextmanager
def exclusive(path: Path, seconds: float, cancelled: threading.Event, what: str) -> Iterator[None]:
    """Hold a file's lock; the operating system lets go of it when the holder dies.

    Args:
        path: the lock's file, made if missing, and left where it is.
        seconds: how long to wait for another holder.
        cancelled: ends the wait early.
        what: what the other holder is doing, in a sentence.

    Raises:
        StackUnavailable: another process still holds it.
        Cancelled: the wait was ended.
        OSError: the file system knows no locks.
    """
    # The lock that filelock falls back to would outlive a holder that is killed.
    lock = FileLock(path, poll_interval=_POLL_SECONDS, fallback_to_soft=False)
    try:
        held = lock.acquire(timeout=seconds, cancel_check=cancelled.is_set)
    except Timeout as error:
        if cancelled.is_set():
            raise Cancelled from error
        raise StackUnavailable(
            f"Another process has kept {what} busy for {seconds:.0f} s.", "Try again later."
        ) from error
    with held:
        yield
