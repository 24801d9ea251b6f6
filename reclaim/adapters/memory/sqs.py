"""A queue in memory, and a sender into it."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count

from reclaim.model.clock import Clock
from reclaim.model.message import Message, MessageAttribute, Outgoing, QueueDepth, Receipt


@dataclass(slots=True)
class _Slot:
    """One message in the queue and until when it is hidden."""

    message_id: str
    body: str
    sent_at: datetime
    attributes: tuple[MessageAttribute, ...]
    trace_header: str = ""
    receive_count: int = 0
    hidden_until: float = 0.0
    handle: str = ""


class MemoryQueue:
    """A queue with visibility timeouts, receipts and receive counts; see `reclaim.ports.Queue`.

    Attributes:
        tagged_for: the contract that it is tagged for; empty for none.
    """

    def __init__(self, clock: Clock, name: str = "dlq") -> None:
        self.tagged_for = ""
        self._clock = clock
        self._name = name
        self._slots: dict[str, _Slot] = {}
        self._numbers = count(1)
        self._lock = threading.RLock()

    @property
    def name(self) -> str:
        """The queue's name."""
        return self._name

    def send(self, body: str, attributes: tuple[MessageAttribute, ...] = (), trace_header: str = "") -> str:
        """Put a message in; its ID."""
        with self._lock:
            message_id = f"{next(self._numbers):08d}-0000-4000-8000-000000000000"
            self._slots[message_id] = _Slot(message_id, body, self._clock.now(), attributes, trace_header)
            return message_id

    def receive(self, limit: int, wait_seconds: int, visibility_seconds: int) -> list[Message]:
        """Up to `limit` visible messages, oldest first. Waiting in vain lets the clock's time pass."""
        with self._lock:
            now = self._clock.monotonic()
            visible = [slot for slot in self._slots.values() if slot.hidden_until <= now][:limit]
            messages = [self._deliver(slot, now + visibility_seconds) for slot in visible]
        if not messages:
            self._clock.sleep(wait_seconds)
        return messages

    def _deliver(self, slot: _Slot, hidden_until: float) -> Message:
        slot.receive_count += 1
        slot.hidden_until = hidden_until
        slot.handle = f"{slot.message_id}#{slot.receive_count}"
        return Message(
            message_id=slot.message_id,
            receipt_handle=slot.handle,
            body=slot.body,
            sent_at=slot.sent_at,
            received_at=self._clock.now(),
            receive_count=slot.receive_count,
            attributes={
                "ApproximateReceiveCount": str(slot.receive_count),
                **({"AWSTraceHeader": slot.trace_header} if slot.trace_header else {}),
            },
            message_attributes=slot.attributes,
        )

    def delete(self, receipts: Sequence[Receipt]) -> list[str]:
        """Like a standard queue: an outdated receipt is accepted and deletes nothing."""
        with self._lock:
            for receipt in receipts:
                slot = self._slots.get(receipt.message_id)
                if slot and slot.handle == receipt.handle:
                    del self._slots[receipt.message_id]
        return []

    def hide(self, receipts: Mapping[Receipt, int]) -> list[str]:
        """Refuses deliveries that are over: deleted, or visible again."""
        with self._lock:
            now = self._clock.monotonic()
            refused = []
            for receipt, seconds in receipts.items():
                slot = self._slots.get(receipt.message_id)
                if slot is None or slot.handle != receipt.handle or slot.hidden_until <= now:
                    refused.append(receipt.message_id)
                else:
                    slot.hidden_until = now + seconds
            return refused

    def depth(self) -> QueueDepth:
        """Exact here."""
        with self._lock:
            now = self._clock.monotonic()
            hidden = sum(1 for slot in self._slots.values() if slot.hidden_until > now)
            return QueueDepth(visible=len(self._slots) - hidden, in_flight=hidden, delayed=0)

    def retention(self) -> timedelta:
        """The longest that SQS offers."""
        return timedelta(days=14)

    def contract(self) -> str:
        """What a test sets."""
        return self.tagged_for


class MemorySender:
    """Sends into a queue in memory; see `reclaim.undo.ports.Sender`."""

    def __init__(self, queue: MemoryQueue) -> None:
        self._queue = queue

    def send(self, messages: Sequence[Outgoing]) -> list[str | None]:
        """One after the other; none is refused."""
        return [self._queue.send(one.body, one.attributes, one.trace_header) for one in messages]
