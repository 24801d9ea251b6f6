"""Watches a drain from a thread of its own: heartbeat, timeline, progress in the Prefect UI and on the terminal."""

from __future__ import annotations

import contextvars
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import TracebackType
from typing import Final, Self, cast
from uuid import UUID

from prefect.artifacts import create_progress_artifact, update_progress_artifact

from reclaim.adapters.bootstrap import Ports
from reclaim.model.errors import TransientError
from reclaim.model.outcome import Outcome
from reclaim.recovery.drain import Drain, DrainProgress
from reclaim.reports.model import ProgressSample
from reclaim.runs.liveness import HEARTBEAT_SECONDS

_log = logging.getLogger(__name__)

_LOOK_SECONDS: Final = 0.5
_ARTIFACT_SECONDS: Final = 2.0
_MAX_SAMPLES: Final = 2000

Observer = Callable[[DrainProgress, int], None]
"""Called with how a drain stands and how many messages the queue held at first."""

observer: ContextVar[Observer | None] = ContextVar("observer", default=None)
"""What shows progress in this process, such as the command line; None for nothing."""


class Monitor:
    """Looks at `drain` for as long as the block runs.

    Attributes:
        expected: how many messages the queue held at first; set before the block begins.
    """

    def __init__(self, ports: Ports, run_id: str, drain: Drain, lanes: int) -> None:
        self._ports = ports
        self._run_id = run_id
        self._drain = drain
        self.expected = 0
        self._lanes = lanes
        self._samples: list[ProgressSample] = []
        self._stopped = threading.Event()
        self._observer = observer.get()
        # Prefect knows the current run by context variables, which a new thread does not inherit.
        self._thread = threading.Thread(target=contextvars.copy_context().run, args=(self._watch,), daemon=True)
        self._artifact: UUID | None = None

    @property
    def timeline(self) -> tuple[ProgressSample, ...]:
        """The samples taken; every second one is dropped whenever they become too many."""
        return tuple(self._samples)

    def __enter__(self) -> Self:
        with self._optional("the progress artifact was not created"):
            key = f"recovery-{self._run_id}-progress".lower()
            created = create_progress_artifact(0.0, key=key, description="Messages accounted for")
            self._artifact = cast("UUID", created)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stopped.set()
        self._thread.join(timeout=30)
        self._look(show=True)

    def _watch(self) -> None:
        clock = self._ports.clock
        next_beat = next_artifact = clock.monotonic()
        while not self._stopped.wait(_LOOK_SECONDS):
            now = clock.monotonic()
            show = now >= next_artifact
            self._look(show=show)
            next_artifact = now + _ARTIFACT_SECONDS if show else next_artifact
            if now >= next_beat:
                self._beat()
                next_beat = now + HEARTBEAT_SECONDS

    def _beat(self) -> None:
        try:
            self._ports.runs.beat(self._run_id, self._ports.clock.now())
        except TransientError as error:  # the lanes notice too, and they decide what to do about it
            _log.warning("no heartbeat: %s", error)

    def _look(self, *, show: bool) -> None:
        progress = self._drain.progress()
        self._samples.append(_sample(progress, self._lanes))
        if len(self._samples) > _MAX_SAMPLES:
            del self._samples[1::2]
        if self._observer:
            self._observer(progress, self.expected)
        if show and self._artifact:
            with self._optional("the progress artifact was not updated"):
                update_progress_artifact(self._artifact, progress=min(100.0, self._share(progress)))

    @contextmanager
    def _optional(self, otherwise: str) -> Iterator[None]:
        """Showing progress must not stop a recovery, whatever the Prefect server does."""
        try:
            yield
        except Exception as error:  # noqa: BLE001  (the client raises whatever its transport raises)
            _log.warning("%s: %s", otherwise, error)

    def _share(self, progress: DrainProgress) -> float:
        done = progress.counts.accounted + progress.reacknowledged
        if progress.ending:
            return 100.0
        return 100.0 * done / max(self.expected, done, 1)


def _sample(progress: DrainProgress, lanes: int) -> ProgressSample:
    counts = progress.counts
    return ProgressSample(
        seconds=round(progress.seconds, 2),
        received=counts.received,
        settled={outcome: getattr(counts, outcome.value) for outcome in Outcome},
        pace=round(progress.pace, 1),
        lanes=lanes,
    )
