"""A process that has imported what `reclaim` needs, and forks a child for each command that a test types.

A command imports boto3, pymongo, Prefect and often Great Expectations, which takes seconds of processor time. Here
they are imported once, before any thread exists; each child begins with all of it in memory. The other side, which
asks for a child and has the interface of `subprocess.Popen`, is in `tests.support.commands`.

    python -m tests.support.fork_server LISTENER HOLD

Both arguments are file descriptors that the server inherits: a listening Unix socket, and one connection. A client
opens a connection for each command, sends an `Order` with three standard streams, and is told the child's process
ID, and the child's wait status when it has ended. A connection without an order keeps the server alive; the server
ends with its last connection.
"""

from __future__ import annotations

import gc
import importlib
import os
import pkgutil
import runpy
import selectors
import shutil
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import prefect.context
import prefect.logging.configuration

from reclaim.cli import main as command_line
from tests.support.fork_orders import Order, as_bytes

PACKAGES: Final = ("reclaim", "flows", "tasks", "expectations")
NO_PART_OF_A_COMMAND: Final = frozenset({"__main__", "launch", "testing"})
"""Modules and packages that are not imported in advance: they run when imported, or belong to other programs."""

IMPORTED_LATE: Final = (
    "boto3.session",
    "great_expectations",
    "pandas",
    "prefect.client.orchestration",
    "prefect.events.clients",
    "prefect.flow_engine",
    "prefect.task_engine",
    "pyarrow.parquet",
    "pymongo",
)
"""What a command imports only when it runs."""


class Server:
    """Forks children until no connection is left.

    Args:
        listener: where clients connect.
        hold: the first connection.
    """

    def __init__(self, listener: socket.socket, hold: socket.socket) -> None:
        self._listener = listener
        self._connections = {hold}
        self._children: dict[int, socket.socket] = {}
        self._ended, self._tell_ended = os.pipe()
        self._selector = selectors.DefaultSelector()

    def serve(self) -> Order | None:
        """Return None when there is no connection left; return the order in each child."""
        self._prepare()
        while self._connections:
            for key, _ in self._selector.select():
                if key.fileobj is self._listener:
                    self._add(self._listener.accept()[0])
                elif key.fileobj == self._ended:
                    self._report_ended_children()
                elif isinstance(key.fileobj, socket.socket) and (order := self._answer(key.fileobj)):
                    return order
        return None

    def _prepare(self) -> None:
        os.set_blocking(self._tell_ended, False)
        signal.set_wakeup_fd(self._tell_ended)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        readables: list[socket.socket | int] = [self._listener, self._ended, *self._connections]
        for readable in readables:
            self._selector.register(readable, selectors.EVENT_READ)

    def _add(self, connection: socket.socket) -> None:
        self._connections.add(connection)
        self._selector.register(connection, selectors.EVENT_READ)

    def _forget(self, connection: socket.socket) -> None:
        if connection in self._connections:
            self._connections.remove(connection)
            self._selector.unregister(connection)
            connection.close()

    def _answer(self, connection: socket.socket) -> Order | None:
        """Fork for the order that the connection brings; the order in the child, None in the server."""
        try:
            received = Order.receive(connection)
        except OSError:
            received = None
        if received is None:
            self._forget(connection)
            return None
        order, streams = received
        ready, tell_ready = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(ready)
            self._close_everything()
            _take(streams)
            os.close(tell_ready)  # from here on it is a process group of its own, and can be signalled
            return order
        for descriptor in (tell_ready, *streams):
            os.close(descriptor)
        os.read(ready, 1)
        os.close(ready)
        self._children[pid] = connection
        self._tell(connection, pid)
        return None

    def _report_ended_children(self) -> None:
        os.read(self._ended, 65536)
        for pid, status in _ended_children():
            connection = self._children.pop(pid)
            self._tell(connection, status)
            self._forget(connection)

    def _tell(self, connection: socket.socket, number: int) -> None:
        with suppress(OSError):  # the client does not want to know any more
            connection.sendall(as_bytes(number))

    def _close_everything(self) -> None:
        """Leave nothing of the server in a child."""
        signal.set_wakeup_fd(-1)
        self._selector.close()
        for connection in (self._listener, *self._connections):
            connection.close()
        for descriptor in (self._ended, self._tell_ended):
            os.close(descriptor)


def _ended_children() -> Iterator[tuple[int, int]]:
    with suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            yield ended


def _take(streams: list[int]) -> None:
    """Make this a session of its own with these standard streams and Python's own dispositions of signals."""
    os.setsid()
    for number, descriptor in enumerate(streams):
        os.dup2(descriptor, number)
        os.close(descriptor)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)


def become(order: Order) -> None:
    """Make this process what `python -m` has when it begins to import the module."""
    os.environ.clear()
    os.environ.update(order.environment)
    time.tzset()
    os.chdir(order.folder)
    sys.path[0] = order.folder
    sys.argv = [order.module, *order.arguments]
    gc.enable()
    command_line.settle_prefect = _and_read_prefects_settings(command_line.settle_prefect)


def _and_read_prefects_settings(settle: Callable[..., None]) -> Callable[..., None]:
    """Prefect reads its settings when it is imported, which a command does after this step; a child has it already."""

    def settle_and_read(*, debug: bool) -> None:
        settle(debug=debug)
        prefect.context.refresh_global_settings_context()
        prefect.logging.configuration.setup_logging(incremental=False)

    return settle_and_read


def import_everything() -> None:
    """Import what commands import. A module that cannot be imported is left to the command that wants it."""
    for name in (*_modules(PACKAGES), *IMPORTED_LATE):
        with suppress(ImportError):
            importlib.import_module(name)


def _modules(packages: tuple[str, ...]) -> Iterator[str]:
    for package in packages:
        yield package
        found = list(pkgutil.iter_modules(importlib.import_module(package).__path__, f"{package}."))
        wanted = [one for one in found if one.name.rpartition(".")[2] not in NO_PART_OF_A_COMMAND]
        yield from (one.name for one in wanted if not one.ispkg)
        yield from _modules(tuple(one.name for one in wanted if one.ispkg))


def main() -> None:
    """Serve; in a child, run the command and end as a process of its own would."""
    listener, hold = (socket.socket(fileno=int(number)) for number in sys.argv[1:])
    folder = Path(listener.getsockname()).parent
    import_everything()
    gc.collect()
    gc.freeze()  # a collection in a child would otherwise write to, and so copy, the memory that it shares
    gc.disable()
    if order := Server(listener, hold).serve():
        become(order)
        runpy.run_module(order.module, run_name="__main__", alter_sys=True)
    else:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
