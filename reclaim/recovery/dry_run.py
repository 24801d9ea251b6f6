"""The outside world with its writes held back, so that a dry run goes the very way a real run goes.

Reads reach the real store. What would be written stays in memory, where later batches of the same dry run see
it; what would be deleted stays hidden until `release`, so that it is not received twice.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from reclaim.adapters.memory.ledger import MemoryLedger
from reclaim.adapters.memory.records import MemoryClients
from reclaim.model.clock import Clock
from reclaim.model.ledger import Delivery, Recorded
from reclaim.model.message import DeadLetter, QueueDepth, Receipt
from reclaim.model.record import Client, ClientWrite
from reclaim.ports import ClientStore, Ledger, Queue
from reclaim.recovery.pacing import MAX_VISIBILITY_SECONDS


class HoldingQueue:
    """Deletes nothing: holds what it should delete, hidden, until it is released.

    Args:
        hold_seconds: how long a hold lasts; it is renewed at half-time by every call that comes by.
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

    def receive(self, limit: int, wait_seconds: int, visibility_seconds: int) -> list[DeadLetter]:
        """Receive as the queue does, and remember what must be released."""
        self._renew()
        letters = self._queue.receive(limit, wait_seconds, max(visibility_seconds, self._hold))
        self._remember([letter.receipt for letter in letters])
        return letters

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


class OverlayClients(MemoryClients):
    """The real clients, with this dry run's writes laid over them."""

    def __init__(self, clients: ClientStore, ledger: Ledger) -> None:
        super().__init__(ledger)
        self._real = clients

    def find(self, client_ids: Collection[str]) -> dict[str, Client]:
        """The real ones, replaced by those written here."""
        return self._real.find(client_ids) | super().find(client_ids)

    def attributable(self, client_ids: Collection[str]) -> frozenset[str]:
        """The real ones, and those that were written here."""
        return self._real.attributable(client_ids) | frozenset(
            one for one, client in super().find(client_ids).items() if client.tracking_id
        )

    def owners(self, tracking_ids: Collection[str]) -> dict[str, str]:
        """The real ones and those written here."""
        return self._real.owners(tracking_ids) | super().owners(tracking_ids)

    def write(self, writes: Sequence[ClientWrite]) -> None:
        """Lay the real clients under the writes first, so that their conditions are asked of what is really there."""
        owners = self.owners([write.client.tracking_id for write in writes if write.client.tracking_id])
        for client in self.find({*owners.values(), *(write.client.client_id for write in writes)}).values():
            self.put(client)
        super().write(writes)


class OverlayLedger(MemoryLedger):
    """An empty ledger that knows, from the real one, which messages were settled long ago."""

    def __init__(self, ledger: Ledger) -> None:
        super().__init__()
        self._real = ledger

    def record(self, letters: Sequence[DeadLetter], delivery: Delivery, at: datetime) -> Recorded:
        """Set those apart that the real ledger has settled; write the others down here."""
        held = self._real.find([letter.message_id for letter in letters])
        settled = {message_id for message_id, entry in held.items() if entry.is_settled}
        fresh = super().record([letter for letter in letters if letter.message_id not in settled], delivery, at)
        return Recorded(
            fresh=fresh.fresh,
            settled=(*fresh.settled, *(letter for letter in letters if letter.message_id in settled)),
        )

    def stood_for(self, message_ids: Collection[str]) -> dict[str, str]:
        """As the real one knows."""
        return self._real.stood_for(message_ids)

    def mark_deleted(self, message_ids: Collection[str], at: datetime) -> None:
        """Only what is in here; what the real ledger has settled is left as it is."""
        super().mark_deleted([one for one in message_ids if self.find([one])], at)
