"""Bring the local stack up, take it down, say how it is."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from reclaim.local.environment import render
from reclaim.local.interruption import signals_raise, uninterrupted
from reclaim.local.layout import Layout
from reclaim.local.localstack import LocalStack
from reclaim.local.locking import exclusive
from reclaim.local.mongod import Mongod
from reclaim.local.ports import choose
from reclaim.local.prefect_server import PrefectServer
from reclaim.local.private_file import write_private
from reclaim.local.processes import ProcessRecord, stop
from reclaim.local.progress import OnProgress, Progress, silent
from reclaim.local.readiness import Cancelled
from reclaim.local.remembered import Remembered
from reclaim.local.service import Service
from reclaim.local.starting import Starter
from reclaim.local.status import ServiceStatus, status_of
from reclaim.local.variables import stack_variables

# Longer than the slowest `up` elsewhere: it installs, then waits for a first start.
_UP_WAITS_SECONDS = 1200.0
_DOWN_WAITS_SECONDS = 60.0


@dataclass(frozen=True)
class Running:
    """A stack that is up.

    Args:
        layout: where it lies.
        variables: what its stack.env says.
        started: the names of the services this call started; the others were running already.
    """

    layout: Layout
    variables: Mapping[str, str]
    started: tuple[str, ...]


class Stack:
    """The local stack of one project folder.

    Args:
        layout: where it lies.
        services: what it consists of; the real ones outside tests.
    """

    def __init__(self, layout: Layout, services: Sequence[Service] | None = None) -> None:
        self.layout = layout
        self.services = tuple(services) if services is not None else (Mongod(), LocalStack(), PrefectServer())

    @classmethod
    def here(cls) -> Stack:
        """The stack that a command started in the current directory means."""
        return cls(Layout.find(os.environ, Path.cwd()))

    def up(self, on_progress: OnProgress = silent) -> Running:
        """Start what does not run, side by side, and write stack.env. Idempotent.

        If anything fails or interrupts, what this call started is stopped again before the error goes on.

        Raises:
            StackUnavailable: a service cannot be installed, started or reached.
        """
        self.layout.create()
        with signals_raise(), self._alone(_UP_WAITS_SECONDS):
            known = Remembered.load(self.layout.remembered)
            known = replace(known, ports={**known.ports, **self._ports(known.ports)})
            known.save(self.layout.remembered)
            with self._undone_on_failure(Starter(self.layout, known.ports, on_progress)) as starter:
                self._start_all(starter)
                variables = stack_variables(self.layout, self.services, known)
                write_private(self.layout.stack_env, render(variables))
        return Running(self.layout, variables, tuple(starter.started))

    def down(self, on_progress: OnProgress = silent, only: Collection[str] | None = None) -> tuple[str, ...]:
        """Stop what `up` started and remove stack.env once nothing is left of the stack.

        Args:
            on_progress: is told of every step.
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

    def _stop(self, services: Sequence[Service], on_progress: OnProgress) -> tuple[str, ...]:
        with ThreadPoolExecutor(max(1, len(services))) as pool:
            ran = list(pool.map(lambda service: self._stop_one(service, on_progress), services))
        if not any(self.layout.record(service.name).exists() for service in self.services):
            self.layout.stack_env.unlink(missing_ok=True)
        return tuple(service.name for service, did_run in zip(services, ran, strict=True) if did_run)

    def _stop_one(self, service: Service, on_progress: OnProgress) -> bool:
        began = time.monotonic()
        path = self.layout.record(service.name)
        record = ProcessRecord.load(path)
        if record and record.process():
            on_progress(Progress(service.title, "stopping", 0.0))
        did_run = stop(record, self.layout.marker(service.name), service.stops_within)
        path.unlink(missing_ok=True)
        if did_run:
            on_progress(Progress(service.title, "stopped", time.monotonic() - began))
        return did_run

    @contextmanager
    def _alone(self, seconds: float) -> Iterator[None]:
        with exclusive(self.layout.lock, seconds, threading.Event(), "the local stack"):
            yield


def _raise_first(futures: Sequence[Future[None]]) -> None:
    """Raise what went wrong first; that others were given up for it is no news."""
    errors = [future.exception() for future in futures if future.done()]
    genuine = [error for error in errors if error is not None and not isinstance(error, Cancelled)]
    if genuine:
        raise genuine[0]
