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
        return _bind(probe, port)


def choose(services: Iterable[str], preferred: Mapping[str, int]) -> dict[str, int]:
    """A free port for each service: the preferred one if nobody has it, so that addresses stay the same."""
    chosen: dict[str, int] = {}
    with ExitStack() as held:  # held until all are chosen, so that no two get the same
        for service in services:
            listener = held.enter_context(socket.socket())
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if not _bind(listener, preferred.get(service, 0)):
                _bind(listener, 0)
            chosen[service] = listener.getsockname()[1]
    return chosen


def _bind(listener: socket.socket, port: int) -> bool:
    try:
        listener.bind((LOOPBACK, port))
    except OSError:
        return False
    return True
