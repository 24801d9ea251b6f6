"""Commands that `tests.support.fork_server` forks instead of starting a new process; the side of the tests."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from filelock import FileLock

from reclaim.local.testing.stack_handle import PROJECT, Command, bare_environment, start_process
from tests.support.fork_orders import NUMBER_BYTES, Order, as_number

STARTS_A_STACK: Final = frozenset({"up", "down", "demo"})
"""Commands that are started as processes of their own: what they start may outlive them."""

_FORKED_WITHIN_SECONDS: Final = 240.0  # the first order waits until everything is imported
_POLL_SECONDS: Final = 0.02


class ForkServerEnded(RuntimeError):
    """The fork server is gone, and with it the knowledge of how its children ended."""


class ForkServer:
    """The fork server of a test session.

    Args:
        address: of its socket.
        log: what it has printed.
    """

    def __init__(self, address: Path, log: Path) -> None:
        self.address = address
        self._log = log

    def start(self, argv: Sequence[str], env: Mapping[str, str], folder: Path) -> Command:
        """Fork a child for `python -m MODULE ...`; a command that starts a stack is started as a process of its own."""
        python, option, module, *arguments = argv
        if (python, option) != (sys.executable, "-m"):
            raise ValueError(f"only modules of this Python can be forked, not {argv}")
        if STARTS_A_STACK.intersection(arguments[:1]):
            return start_process(argv, env, folder)
        order = Order(module, tuple(arguments), dict(env), str(folder))
        return ForkedCommand(argv, order, self.connect(), self._log)

    def connect(self) -> socket.socket:
        """A connection to the server; it does not end as long as there is one."""
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.connect(str(self.address))
        except OSError:
            connection.close()
            raise
        return connection


class ForkedCommand:
    """A child of the fork server; what `subprocess.Popen` can do of it.

    Attributes:
        args: the command line it stands for.
        pid: its process ID, which is also that of its session and process group.
        returncode: as `subprocess.Popen` has it: None until it is known, negative for a signal.
        stdout: what it prints.
        stderr: likewise.
    """

    def __init__(self, args: Sequence[str], order: Order, connection: socket.socket, log: Path) -> None:
        self.args = list(args)
        self.returncode: int | None = None
        self._log = log
        self._connection = connection
        self._lock = threading.Lock()
        connection.settimeout(_FORKED_WITHIN_SECONDS)
        self.stdout, theirs_out = _pipe()
        self.stderr, theirs_err = _pipe()
        nothing = os.open(os.devnull, os.O_RDONLY)
        try:
            order.send(connection, (nothing, theirs_out, theirs_err))
        finally:
            for descriptor in (nothing, theirs_out, theirs_err):
                os.close(descriptor)
        self._readers = {stream: _Reader(stream) for stream in (self.stdout, self.stderr)}
        self.pid = self._receive()

    def poll(self) -> int | None:
        """The return code, if it has ended."""
        with self._lock:
            if self.returncode is None and select.select([self._connection], [], [], 0)[0]:
                self.returncode = os.waitstatus_to_exitcode(self._receive())
                self._connection.close()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end; the return code.

        Raises:
            subprocess.TimeoutExpired: it has not ended in time.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        while (code := self.poll()) is None:
            if deadline is not None and time.monotonic() >= deadline:
                assert timeout is not None
                raise subprocess.TimeoutExpired(self.args, timeout)
            time.sleep(_POLL_SECONDS)
        return code

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """Wait for its end and for that of its output; what it has printed.

        Raises:
            subprocess.TimeoutExpired: it has not ended in time; call again to go on waiting.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        for reader in self._readers.values():
            reader.begin()
        for reader in self._readers.values():
            reader.join(None if deadline is None else max(0.0, deadline - time.monotonic()))
            if reader.is_alive():
                assert timeout is not None
                raise subprocess.TimeoutExpired(self.args, timeout)
        self.wait(None if deadline is None else max(0.0, deadline - time.monotonic()))
        return self._readers[self.stdout].text, self._readers[self.stderr].text

    def send_signal(self, number: int) -> None:
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Send it SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Send it SIGKILL."""
        self.send_signal(signal.SIGKILL)

    def _receive(self) -> int:
        received = self._connection.recv(NUMBER_BYTES)
        if not received:
            raise ForkServerEnded(self._log.read_text())
        return as_number(received)


class _Reader(threading.Thread):
    """Reads a stream to its end."""

    def __init__(self, stream: IO[str]) -> None:
        super().__init__(daemon=True)
        self._stream = stream
        self._begun = False
        self.text = ""

    def begin(self) -> None:
        """Start, unless it has been started."""
        if not self._begun:
            self._begun = True
            self.start()

    def run(self) -> None:
        """Read."""
        with self._stream:
            self.text = self._stream.read()


def _pipe() -> tuple[IO[str], int]:
    """Our end as text, and theirs."""
    ours, theirs = os.pipe()
    return os.fdopen(ours), theirs


@contextmanager
def fork_server(folder: Path) -> Iterator[ForkServer]:
    """The fork server of all processes that name the same folder; the first to come starts it, with the last it ends.

    Args:
        folder: shared by the processes.
    """
    known, log = folder / "fork-server.address", folder / "fork-server.log"
    with FileLock(folder / "fork-server.lock"):
        hold = _hold_of_running(known, log)
        if hold is None:
            # Not in the folder itself: the path of a socket must be short.
            address = Path(tempfile.mkdtemp(prefix="reclaim-")) / "socket"
            known.write_text(str(address))
            hold = _started(address, log)
    server = ForkServer(Path(known.read_text()), log)
    try:
        yield server
    finally:
        hold.close()


def _hold_of_running(known: Path, log: Path) -> socket.socket | None:
    try:
        return ForkServer(Path(known.read_text()), log).connect()
    except OSError:
        return None


def _started(address: Path, log: Path) -> socket.socket:
    """Start a server; the connection that keeps it running."""
    ours, theirs = socket.socketpair()
    environment = bare_environment() | {
        "PREFECT_HOME": str(address.parent / "prefect"),
        "GX_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "OPENBLAS_NUM_THREADS": "1",  # a fork must find one thread only
    }
    with socket.socket(socket.AF_UNIX) as listener, theirs, log.open("wb") as output:
        listener.bind(str(address))
        listener.listen(16)
        descriptors = (listener.fileno(), theirs.fileno())
        subprocess.Popen(
            [sys.executable, "-m", "tests.support.fork_server", *map(str, descriptors)],
            env=environment,
            cwd=PROJECT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            pass_fds=descriptors,
            start_new_session=True,
        )
    return ours
