"""Bring the local stack up, take it down, say how it is; or have one for as long as something needs it."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from reclaim.local.environment import render
from reclaim.local.interruption import signals_raise, uninterrupted
from reclaim.local.layout import Layout, write_private
from reclaim.local.localstack import LocalStack
from reclaim.local.locking import exclusive
from reclaim.local.mongod import Mongod
from reclaim.local.ports import choose
from reclaim.local.prefect_server import PrefectServer
from reclaim.local.processes import ProcessRecord, stop
from reclaim.local.readiness import Cancelled
from reclaim.local.service import Service
from reclaim.local.starting import OnStartProgress, Starter, StartProgress, silent
from reclaim.local.status import ServiceStatus, status_of
from reclaim.local.variables import SavedSettings, stack_variables

# Longer than the slowest `up` elsewhere: it installs, then waits for a first start.
_UP_WAITS_SECONDS = 1200.0
_DOWN_WAITS_SECONDS = 60.0


@dataclass(frozen=True)
class Running:
    """A stack that is up.

    Args:
        layout: where it is.
        variables: what its stack.env says.
        started: the names of the services this call started; the others were running already.
    """

    layout: Layout
    variables: Mapping[str, str]
    started: tuple[str, ...]


class Stack:
    """The local stack of one project folder.

    Args:
        layout: where it is.
        services: what it consists of; the real ones outside tests.
    """

    def __init__(self, layout: Layout, services: Sequence[Service] | None = None) -> None:
        self.layout = layout
        self.services = tuple(services) if services is not None else (Mongod(), LocalStack(), PrefectServer())

    @classmethod
    def here(cls) -> Stack:
        """The stack that a command started in the current directory means."""
        return cls(Layout.find(os.environ, Path.cwd()))

    def up(self, on_progress: OnStartProgress = silent) -> Running:
        """Start what does not run, side by side, and write stack.env. Idempotent.

        If anything fails or interrupts, what this call started is stopped again before the error goes on.

        Raises:
            StackUnavailable: a service cannot be installed, started or reached.
        """
        self.layout.create()
        with signals_raise(), self._alone(_UP_WAITS_SECONDS):
            saved = SavedSettings.load(self.layout.saved_settings)
            saved = replace(saved, ports={**saved.ports, **self._ports(saved.ports)})
            saved.save(self.layout.saved_settings)
            with self._undone_on_failure(Starter(self.layout, saved.ports, on_progress)) as starter:
                self._start_all(starter)
                variables = stack_variables(self.layout, self.services, saved)
                write_private(self.layout.stack_env, render(variables))
        return Running(self.layout, variables, tuple(starter.started))

    def down(self, on_progress: OnStartProgress = silent, only: Collection[str] | None = None) -> tuple[str, ...]:
        """Stop what `up` started and remove stack.env once nothing is left of the stack.

        Args:
            on_progress: is called at every step.
            only: the names of the services to stop; all by default.

        Returns:
            The names of the services that were running.
        """
        wanted = [service for service in self.services if only is None or service.name in only]
        if not self.layout.state.is_dir():
            return ()
        with self._alone(_DOWN_WAITS_SECONDS), uninterrupted():
            return self._stop(wanted, on_progress)

    def status(self) -> list[ServiceStatus]:
        """How each service is, asked side by side."""
        with ThreadPoolExecutor(len(self.services)) as pool:
            return list(pool.map(lambda service: status_of(service, self.layout), self.services))

    def _ports(self, preferred: Mapping[str, int]) -> dict[str, int]:
        records = [ProcessRecord.load(self.layout.record(service.name)) for service in self.services]
        running = {record.service: record.port for record in records if record and record.process()}
        return choose([s.name for s in self.services if s.name not in running], preferred) | running

    def _start_all(self, starter: Starter) -> None:
        with ThreadPoolExecutor(len(self.services)) as pool:
            futures = [pool.submit(starter.ensure, service) for service in self.services]
            try:
                wait(futures, return_when=FIRST_EXCEPTION)
                _raise_first(futures)
            except BaseException:
                with uninterrupted():  # or a second Ctrl-C could leave a thread behind that is about to start something
                    starter.cancelled.set()
                    wait(futures)
                raise

    @contextmanager
    def _undone_on_failure(self, starter: Starter) -> Iterator[Starter]:
        try:
            yield starter
        except BaseException:
            with uninterrupted():
                self._stop([service for service in self.services if service.name in starter.started], silent)
            raise

    def _stop(self, services: Sequence[Service], on_progress: OnStartProgress) -> tuple[str, ...]:
        with ThreadPoolExecutor(max(1, len(services))) as pool:
            ran = list(pool.map(lambda service: self._stop_one(service, on_progress), services))
        if not any(self.layout.record(service.name).exists() for service in self.services):
            self.layout.stack_env.unlink(missing_ok=True)
        return tuple(service.name for service, did_run in zip(services, ran, strict=True) if did_run)

    def _stop_one(self, service: Service, on_progress: OnStartProgress) -> bool:
        began = time.monotonic()
        path = self.layout.record(service.name)
        record = ProcessRecord.load(path)
        if record and record.process():
            on_progress(StartProgress(service.title, "stopping", 0.0))
        did_run = stop(record, self.layout.marker(service.name), service.stops_within)
        path.unlink(missing_ok=True)
        if did_run:
            on_progress(StartProgress(service.title, "stopped", time.monotonic() - began))
        return did_run

    def _alone(self, seconds: float) -> AbstractContextManager[None]:
        return exclusive(self.layout.lock, seconds, threading.Event(), "the local stack")


@contextmanager
def running_stack(stack: Stack, *, keep: bool = False, on_progress: OnStartProgress = silent) -> Iterator[Running]:
    """A stack for as long as the block runs.

    What was running before is left running; what this started is stopped at the end, however the block ends:
    exceptions, Ctrl-C and SIGTERM included.

    Args:
        stack: which one; `Stack.here()` for that of the current directory.
        keep: leave running what this started, too.
        on_progress: is called at every step.

    Raises:
        StackUnavailable: the stack does not come up.
    """
    with signals_raise():
        running = stack.up(on_progress)
        try:
            yield running
        finally:
            if running.started and not keep:
                stack.down(on_progress, only=running.started)


def _raise_first(futures: Sequence[Future[None]]) -> None:
    """Raise what went wrong first, not that the other starts were cancelled for it."""
    errors = [future.exception() for future in futures if future.done()]
    genuine = [error for error in errors if error is not None and not isinstance(error, Cancelled)]
    if genuine:
        raise genuine[0]
