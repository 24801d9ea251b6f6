"""Type commands at a stack of one's own, and take its MongoDB away."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Protocol

import psutil

import reclaim
from reclaim.local.layout import Layout, write_private
from reclaim.local.mongod import Mongod
from reclaim.local.processes import ProcessRecord
from reclaim.local.stack import Stack

PROJECT = Path(reclaim.__file__).parents[1]

# What would name another stack, or change what a command does.
_FOREIGN = ("AWS_", "RECLAIM_", "PREFECT_")


class Command(Protocol):
    """A command that was typed; `subprocess.Popen` is one."""

    @property
    def pid(self) -> int:
        """Its process ID, which is also that of its process group."""
        ...

    @property
    def returncode(self) -> int | None:
        """None until it is known that it has ended; negative where a signal has ended it."""
        ...

    @property
    def stdout(self) -> IO[str] | None:
        """What it prints."""
        ...

    def poll(self) -> int | None:
        """The return code, if it has ended."""
        ...

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end; the return code."""
        ...

    def communicate(self, *, timeout: float | None = None) -> tuple[str, str]:
        """Wait for its end; what it has printed to stdout and stderr."""
        ...

    def send_signal(self, sig: int, /) -> None:
        """Send it a signal, unless it has ended."""
        ...

    def terminate(self) -> None:
        """Send it SIGTERM."""
        ...

    def kill(self) -> None:
        """Send it SIGKILL."""
        ...


Start = Callable[[Sequence[str], Mapping[str, str], Path], Command]
"""Starts a command line in an environment and a folder, in a session of its own, with an empty stdin."""


def start_process(argv: Sequence[str], env: Mapping[str, str], folder: Path) -> Command:
    """As a new process."""
    return subprocess.Popen(  # noqa: S603 - the product's own command
        argv,
        env=env,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def bare_environment() -> dict[str, str]:
    """This process's environment without what would name a stack or change what a command does."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
    # Commands are typed in another folder than the project's; its packages must be found all the same.
    path = os.pathsep.join(part for part in (str(PROJECT), env.get("PYTHONPATH")) if part)
    return env | {"PYTHONPATH": path}


@dataclass(frozen=True)
class MongodHandle:
    """The stack's mongod, to be taken away and given back. It keeps its port and its data."""

    layout: Layout

    def stop(self) -> None:
        """Kill it, as a crash would."""
        process = self._process()
        process.kill()
        # The process of a command that has ended is nobody's child here: it goes when the system has cleared it away.
        while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
            time.sleep(0.02)

    def start(self) -> None:
        """Have it up again, as primary; the other services, which others may use, are left alone."""
        known = self.layout.stack_env.read_text()
        Stack(self.layout, services=[Mongod()]).up()
        write_private(self.layout.stack_env, known)

    def freeze(self) -> None:
        """Let it keep its connections and answer nothing, from now on."""
        process = self._process()
        process.send_signal(signal.SIGSTOP)
        # The signal is on its way when the call returns, and each thread stops by itself.
        while any(psutil.Process(thread.id).status() != psutil.STATUS_STOPPED for thread in process.threads()):
            time.sleep(0.01)

    def thaw(self) -> None:
        """Let it go on; wait until it answers."""
        self._process().send_signal(signal.SIGCONT)
        record = self._record()
        while not Mongod().probe(record.port):
            time.sleep(0.05)

    def _record(self) -> ProcessRecord:
        record = ProcessRecord.load(self.layout.record(Mongod.name))
        if record is None:
            raise LookupError("mongod was never started")
        return record

    def _process(self) -> psutil.Process:
        process = self._record().process()
        if process is None:
            raise LookupError("mongod does not run")
        return process


@dataclass(frozen=True)
class StackHandle:
    """A stack and the way to type commands at it.

    Args:
        home: the project folder it belongs to; its state is in `.reclaim/` there.
        env: the whole environment of a process that uses it, stack.env included once it is up.
        start: starts a command.
    """

    home: Path
    env: dict[str, str]
    start: Start = start_process

    @classmethod
    def at(cls, home: Path, tools: Path, start: Start = start_process) -> StackHandle:
        """A stack in a folder of its own, not up yet.

        Args:
            home: the folder.
            tools: where LocalStack and mongod are installed, or going to be.
            start: starts a command.
        """
        return cls(home, bare_environment() | {"RECLAIM_HOME": str(home), "RECLAIM_TOOLS": str(tools)}, start)

    @property
    def as_processes(self) -> StackHandle:
        """The same stack, where each command is a new Python process, as for a user."""
        return replace(self, start=start_process)

    @property
    def layout(self) -> Layout:
        """Where its files lie."""
        return Layout.find(self.env, self.home)

    @property
    def mongod(self) -> MongodHandle:
        """Its store, to be taken away."""
        return MongodHandle(self.layout)

    def run(self, *args: str, timeout: float = 120.0) -> subprocess.CompletedProcess[str]:
        """Type `reclaim …` and wait for it; whether it succeeded is for the test to say."""
        command = self.popen(*args)
        try:
            stdout, stderr = command.communicate(timeout=timeout)
        except BaseException:
            command.kill()
            command.wait()
            raise
        return subprocess.CompletedProcess(args, command.wait(), stdout, stderr)

    def popen(self, *args: str) -> Command:
        """Type `reclaim …` and go on, in a process group that can be signalled as a terminal does."""
        return self.start([sys.executable, "-m", "reclaim", *args], self.env, self.home)
