"""Start, find and stop the processes of the stack.

A process outlives the command that started it, so what is known of it is in a record file. A record names the
process by its id *and* its start time: ids are used again, and another program's process must never be stopped.
"""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from reclaim.local.layout import write_private
from reclaim.runs.liveness import living

# An environment variable that every process of a stack and its descendants carry.
MARKER = "RECLAIM_STACK"

_POLL_SECONDS = 0.02


@dataclass(frozen=True)
class ServiceCommand:
    """How to start a service.

    Args:
        argv: the program and its arguments.
        environment: all it gets to see, but for the marker; nothing is inherited.
        folder: its working directory; made if missing.
    """

    argv: Sequence[str]
    environment: Mapping[str, str]
    folder: Path


@dataclass(frozen=True)
class ProcessRecord:
    """A started process.

    Args:
        service: whose it is.
        pid: its process id.
        create_time: when it started, in seconds since the epoch.
        port: where it listens on loopback.
        came_up: whether it has answered since it started.
    """

    service: str
    pid: int
    create_time: float
    port: int
    came_up: bool = False

    @classmethod
    def load(cls, path: Path) -> ProcessRecord | None:
        """Read a record; None where there is none or it is unreadable."""
        try:
            return cls(**json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def save(self, path: Path) -> None:
        """Write the record in one step."""
        write_private(path, json.dumps(asdict(self)) + "\n")

    def process(self) -> psutil.Process | None:
        """The process, if it still runs and is the one that was recorded."""
        return living(self.pid, self.create_time)


def start(command: ServiceCommand, *, service: str, port: int, marker: str, log: Path) -> ProcessRecord:
    """Start a process in a session of its own, so that a terminal's Ctrl-C does not reach it.

    Args:
        command: what to start.
        service: whose process it is.
        port: where it is going to listen.
        marker: names the stack and the service; see `stop`.
        log: its output is written there, over that of the last time.

    Raises:
        OSError: the program cannot be executed.
    """
    command.folder.mkdir(parents=True, exist_ok=True)
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        child = subprocess.Popen(  # noqa: S603 - every argument is ours
            command.argv,
            env={**command.environment, MARKER: marker},
            cwd=command.folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return ProcessRecord(service, child.pid, _create_time(child.pid), port)


def stop(record: ProcessRecord | None, marker: str, grace_seconds: float) -> bool:
    """Stop a service's process and all that carry its marker: politely first, by force after `grace_seconds`.

    The marker reaches what the process has started, and a process whose starter was killed before it could write
    the record. Does nothing to a process that merely got the id of one that has ended.

    Returns:
        Whether anything had to be stopped.
    """
    family = _marked(marker)
    process = record.process() if record else None
    polite = [process] if process else family
    _signal(polite, signal.SIGTERM)
    _signal(polite, signal.SIGCONT)  # a frozen process would not see the other
    _wait(polite, grace_seconds)
    leftovers = [process for process in {*polite, *family, *_marked(marker)} if not _has_ended(process)]
    _signal(leftovers, signal.SIGKILL)
    _wait(leftovers, grace_seconds)
    return bool(polite or leftovers)


def _create_time(pid: int) -> float:
    with suppress(psutil.NoSuchProcess):
        return psutil.Process(pid).create_time()
    return time.time()  # it ended at once


def _marked(marker: str) -> list[psutil.Process]:
    return [process for process in psutil.process_iter() if _marker_of(process) == marker]


def _marker_of(process: psutil.Process) -> str | None:
    try:
        return process.environ().get(MARKER)
    except (psutil.Error, OSError):  # it ended meanwhile, or belongs to another user
        return None


def _signal(processes: Sequence[psutil.Process], number: signal.Signals) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(number)


def _wait(processes: Sequence[psutil.Process], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not all(_has_ended(process) for process in processes) and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)


def _has_ended(process: psutil.Process) -> bool:
    """Whether it has; a zombie counts, as in containers whose first process reaps no orphans."""
    try:
        process.wait(0)  # reaps it, if it is our child
    except psutil.TimeoutExpired:
        return _is_zombie(process)
    return True


def _is_zombie(process: psutil.Process) -> bool:
    try:
        return bool(process.status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True
