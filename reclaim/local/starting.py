"""Start one service, or find that it runs already."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from reclaim.local.layout import Layout
from reclaim.local.processes import ProcessRecord, start, stop
from reclaim.local.readiness import wait_until_ready
from reclaim.local.service import Service
from reclaim.model.errors import StackUnavailable

# A service that did answer once and now does not for this long is replaced.
_SECOND_CHANCE_SECONDS = 5.0

StartStep = Literal["installing", "starting", "ready", "already running", "stopping", "stopped", "failed"]


@dataclass(frozen=True)
class StartProgress:
    """A service has come to a step of being started or stopped.

    Args:
        service: its title, fit to be shown.
        step: where it is.
        seconds: since work on this service began.
        detail: an address or a reason; may be empty.
    """

    service: str
    step: StartStep
    seconds: float
    detail: str = ""


OnStartProgress = Callable[[StartProgress], None]
"""Called from several threads at once."""


def silent(_progress: StartProgress) -> None:
    """Show nothing."""


class Starter:
    """Starts services; may be called from several threads, one per service.

    Args:
        layout: where the stack is.
        ports: a port per service; for one that runs already, the port it has.
        on_progress: is called at every step.

    Attributes:
        started: the names of the services that this starter has started, whether or not they came up.
        cancelled: set it to have the starter give up.
    """

    def __init__(self, layout: Layout, ports: Mapping[str, int], on_progress: OnStartProgress) -> None:
        self.started: list[str] = []
        self.cancelled = threading.Event()
        self._layout = layout
        self._ports = ports
        self._on_progress = on_progress

    def ensure(self, service: Service) -> None:
        """Return once the service is fit for use.

        Raises:
            StackUnavailable: it cannot be installed or does not come up.
            Cancelled: the start was given up.
        """
        began = time.monotonic()
        try:
            if self._runs(service):
                self._notify(service, "already running", began, service.url(self._ports[service.name]))
                return
            self._start(service, began)
        except StackUnavailable as error:
            self._notify(service, "failed", began, error.what)
            raise
        self._notify(service, "ready", began, service.url(self._ports[service.name]))

    def _runs(self, service: Service) -> bool:
        record = ProcessRecord.load(self._layout.record(service.name))
        if record is None or record.process() is None:
            return False
        # If it never came up, an `up` that was killed may have started it a moment ago.
        seconds = _SECOND_CHANCE_SECONDS if record.came_up else service.starts_within
        try:
            self._wait(service, record, seconds)
        except StackUnavailable:
            return False
        return True

    def _start(self, service: Service, began: float) -> None:
        if not service.is_installed(self._layout):
            self._notify(service, "installing", began)
        command = service.command(self._layout, self._ports, self.cancelled)
        self._notify(service, "starting", began)
        marker = self._layout.marker(service.name)
        stop(ProcessRecord.load(self._layout.record(service.name)), marker, service.stops_within)
        self.started.append(service.name)
        try:
            record = start(
                command,
                service=service.name,
                port=self._ports[service.name],
                marker=marker,
                log=self._layout.log(service.name),
            )
        except OSError as error:
            raise StackUnavailable(
                f"{service.title} cannot be started: {error}.",
                f"Remove {self._layout.tools} and run `reclaim up` again; it installs again.",
            ) from error
        record.save(self._layout.record(service.name))
        self._wait(service, record, service.starts_within)

    def _wait(self, service: Service, record: ProcessRecord, seconds: float) -> None:
        log = self._layout.log(service.name)
        wait_until_ready(service, record, log, seconds, self.cancelled)
        if not record.came_up:
            replace(record, came_up=True).save(self._layout.record(service.name))

    def _notify(self, service: Service, step: StartStep, began: float, detail: str = "") -> None:
        self._on_progress(StartProgress(service.title, step, time.monotonic() - began, detail))
