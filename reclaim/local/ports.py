"""Free ports on loopback."""

from __future__ import annotations

import socket
from collections.abc import Iterable, Mapping
from contextlib import ExitStack

LOOPBACK = "127.0.0.1"


def is_free(port: int) -> bool:
    """Whether nothing listens on a loopback port right now."""
    with socket.socket() as probe:
        # As servers do; without it a port counts as taken for a minute after its server stopped.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return _listen(probe, port)


def choose(services: Iterable[str], preferred: Mapping[str, int]) -> dict[str, int]:
    """A free port for each service: the preferred one if it is free, so that addresses stay the same."""
    chosen: dict[str, int] = {}
    with ExitStack() as held:  # held until all are chosen, so that no two get the same
        for service in services:
            listener = held.enter_context(socket.socket())
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if not _listen(listener, preferred.get(service, 0)):
                _listen(listener, 0)
            chosen[service] = listener.getsockname()[1]
    return chosen


def _listen(listener: socket.socket, port: int) -> bool:
    try:
        listener.bind((LOOPBACK, port))
        listener.listen(1)  # bound sockets that do not listen may share a port
    except OSError:
        return False
    return True
