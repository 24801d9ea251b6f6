"""Queues whose messages are held, not deleted: for reading all of them once, and for dry runs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Final

from reclaim.contracts.contract import Contract
from reclaim.model.clock import Clock
from reclaim.model.errors import UsageError
from reclaim.model.message import CALL_LIMIT, MAX_VISIBILITY_SECONDS, Message, QueueDepth, Receipt
from reclaim.ports import Queue

_AT_ONCE: Final = 4
"""Calls to SQS."""


def require_contract(queue: Queue, contract: Contract) -> None:
    """Make sure that `queue` is for the events of `contract`; one without a tag is for any.

    Raises:
        UsageError: it is tagged for another contract.
    """
    tagged = queue.contract()
    if tagged and tagged != contract.name:
        raise UsageError(
            f"The queue {queue.name} is tagged for the contract {tagged}; this is {contract.name}.",
            "Name the right queue with --queue, or the right contract with RECLAIM_CONTRACT.",
        )


class HoldingQueue:
    """Deletes nothing: holds what it should delete, hidden, until it is released.

    Args:
        hold_seconds: how long a hold lasts; every call renews the holds that are half over.
    """

    def __init__(self, queue: Queue, hold_seconds: int, clock: Clock) -> None:
        self._queue = queue
        self._hold = min(hold_seconds, MAX_VISIBILITY_SECONDS)
        self._clock = clock
        self._held: dict[str, tuple[float, Receipt]] = {}
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """The queue's name."""
        return self._queue.name

    def receive(self, limit: int, wait_seconds: int, visibility_seconds: int) -> list[Message]:
        """Receive as the queue does, and remember what must be released."""
        self._renew()
        messages = self._queue.receive(limit, wait_seconds, max(visibility_seconds, self._hold))
        self._remember([message.receipt for message in messages])
        return messages

    def delete(self, receipts: Sequence[Receipt]) -> list[str]:  # noqa: ARG002  (the port's signature)
        """Nothing: they are held already."""
        return []

    def hide(self, receipts: Mapping[Receipt, int]) -> list[str]:
        """Extend as the queue does, but never to less than the hold: what a real run gives back stays hidden here."""
        self._remember(list(receipts))
        return self._queue.hide({receipt: max(seconds, self._hold) for receipt, seconds in receipts.items()})

    def depth(self) -> QueueDepth:
        """Without what is held: that would be gone in a real run."""
        depth = self._queue.depth()
        return replace(depth, in_flight=max(0, depth.in_flight - len(self._held)))

    def retention(self) -> timedelta:
        """The queue's own."""
        return self._queue.retention()

    def contract(self) -> str:
        """The queue's own."""
        return self._queue.contract()

    def release(self) -> None:
        """Show everything again; what could not be shown is still held, for another try."""
        with self._lock:
            held = dict(self._held)
        self._queue.hide(dict.fromkeys((receipt for _, receipt in held.values()), 0))
        with self._lock:
            self._held = {one: mine for one, mine in self._held.items() if held.get(one) != mine}

    def _remember(self, receipts: Sequence[Receipt]) -> None:
        due = self._clock.monotonic() + self._hold / 2
        with self._lock:
            self._held |= {receipt.message_id: (due, receipt) for receipt in receipts}

    def _renew(self) -> None:
        now = self._clock.monotonic()
        with self._lock:
            due = [receipt for at, receipt in self._held.values() if at <= now]
        if due:
            self._queue.hide(dict.fromkeys(due, self._hold))
            self._remember(due)


def peek_all(
    queue: HoldingQueue,
    limit: int,
    wait_seconds: int,
    hold_seconds: int,
    on_messages: Callable[[list[Message]], None],
) -> None:
    """Receive up to `limit` messages, a few calls at once, until a round brings none; then release every one.

    What was received stays hidden meanwhile, so that it is seen once. Receiving raises the receive count; nothing else
    changes. The messages of every round go to `on_messages`.
    """
    seen: set[str] = set()
    try:
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            while len(seen) < limit:
                calls = min(_AT_ONCE, -(-(limit - len(seen)) // CALL_LIMIT))
                rounds = pool.map(lambda _: queue.receive(CALL_LIMIT, wait_seconds, hold_seconds), range(calls))
                got = {message.message_id: message for messages in rounds for message in messages}
                if not got:
                    return
                fresh = [message for message_id, message in got.items() if message_id not in seen]
                seen |= got.keys()
                on_messages(fresh[: limit - len(seen) + len(fresh)])
    finally:
        queue.release()
