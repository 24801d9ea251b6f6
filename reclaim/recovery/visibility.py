"""Keeps messages in work hidden, however long a step has to wait and retry."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from reclaim.model.clock import Clock, SystemClock
from reclaim.model.errors import ReclaimError
from reclaim.model.message import Message
from reclaim.ports import Queue

_log = logging.getLogger(__name__)


class VisibilityKeeper:
    """Extends the visibility timeout of every batch it holds, at half-time, from a thread of its own.

    A batch that is done in time costs no call. An extension that fails is tried again a moment later; where a message
    is delivered a second time nevertheless, the ledger still settles it once.

    Args:
        visibility_seconds: what messages were received with, and are extended by.
    """

    def __init__(self, queue: Queue, visibility_seconds: int, clock: Clock | None = None) -> None:
        self._queue = queue
        self._visibility = visibility_seconds
        self._clock = clock or SystemClock()
        self._lock = threading.Lock()
        self._due: dict[int, tuple[float, Sequence[Message]]] = {}
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="visibility-keeper", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stopped.set()
        self._thread.join(timeout=5)

    @contextmanager
    def holding(self, messages: Sequence[Message], received_seconds_ago: float) -> Iterator[None]:
        """Keep `messages` hidden for as long as the block runs."""
        key = id(messages)
        with self._lock:
            self._due[key] = (self._clock.monotonic() - received_seconds_ago + self._visibility / 2, messages)
        try:
            yield
        finally:
            with self._lock:
                self._due.pop(key, None)

    def extend_due(self) -> None:
        """Extend every batch that is past its half-time."""
        now = self._clock.monotonic()
        with self._lock:
            due = [(key, messages) for key, (at, messages) in self._due.items() if at <= now]
        for key, messages in due:
            try:
                failed = self._queue.hide({message.receipt: self._visibility for message in messages})
            except ReclaimError as error:
                _log.warning("could not extend the visibility of %d messages: %s", len(messages), error)
                continue
            if failed:
                _log.warning("the queue refused to extend %d of %d messages", len(failed), len(messages))
            with self._lock:
                if key in self._due:
                    self._due[key] = (now + self._visibility / 2, messages)

    def _watch(self) -> None:
        while not self._stopped.wait(min(1.0, self._visibility / 8)):
            self.extend_due()
