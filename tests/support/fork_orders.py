"""What the fork server and its clients say to each other."""

from __future__ import annotations

import json
import socket
import sys
from dataclasses import asdict, dataclass
from typing import Final

NUMBER_BYTES: Final = 8
STREAMS: Final = 3
_CHUNK: Final = 65536


def as_bytes(number: int) -> bytes:
    """A number as it is sent: a size, a process ID or a wait status."""
    return number.to_bytes(NUMBER_BYTES, sys.byteorder)


def as_number(received: bytes) -> int:
    """The number that was sent."""
    return int.from_bytes(received, sys.byteorder)


@dataclass(frozen=True)
class Order:
    """What a child is to run, as `python -m MODULE ARGUMENTS` in FOLDER would, with nothing else in its environment."""

    module: str
    arguments: tuple[str, ...]
    environment: dict[str, str]
    folder: str

    def send(self, connection: socket.socket, streams: tuple[int, int, int]) -> None:
        """Send it with the three standard streams of the child."""
        content = json.dumps(asdict(self)).encode()
        socket.send_fds(connection, [as_bytes(len(content))], list(streams))
        connection.sendall(content)

    @classmethod
    def receive(cls, connection: socket.socket) -> tuple[Order, list[int]] | None:
        """An order and the standard streams; None where the client has closed the connection."""
        size, streams, *_ = socket.recv_fds(connection, NUMBER_BYTES, STREAMS)
        if not size:
            return None
        content, missing = b"", as_number(size)
        while len(content) < missing:
            chunk = connection.recv(min(_CHUNK, missing - len(content)))
            if not chunk:
                raise ConnectionError("the client has ended in the middle of an order")
            content += chunk
        return cls(**json.loads(content)), streams
