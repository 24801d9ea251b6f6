"""Sends messages into a queue in memory."""

from __future__ import annotations

from collections.abc import Sequence

from reclaim.adapters.memory.sqs import MemoryQueue
from reclaim.model.message import Outgoing


class MemorySender:
    """See `reclaim.ports.Sender`."""

    def __init__(self, queue: MemoryQueue) -> None:
        self._queue = queue

    def send(self, messages: Sequence[Outgoing]) -> list[str | None]:
        """One after the other; none is refused."""
        return [self._queue.send(one.body, one.attributes, one.trace_header) for one in messages]
