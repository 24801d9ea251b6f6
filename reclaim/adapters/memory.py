"""In-memory twins of the queue and the store. They pass the contract tests of the real ones."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count

from reclaim.clients import Client, ClientWrite, Superseded, WriteKind
from reclaim.clock import Clock
from reclaim.ledger import Delivery, LedgerEntry, Recorded, Settlement
from reclaim.letters import DeadLetter, MessageAttribute, QueueDepth, Receipt
from reclaim.outcomes import Cause, Outcome
from reclaim.runs import RunRecord, RunState


@dataclass(slots=True)
class _Slot:
    """One message in the queue and until when it is hidden."""

    message_id: str
    body: str
    sent_at: datetime
    attributes: tuple[MessageAttribute, ...]
    receive_count: int = 0
    hidden_until: float = 0.0
    handle: str = ""


class MemoryQueue:
    """A queue with visibility timeouts, receipts and receive counts, on a clock of its own."""

    def __init__(self, clock: Clock, name: str = "dlq") -> None:
        self._clock = clock
        self._name = name
        self._slots: dict[str, _Slot] = {}
        self._numbers = count(1)
        self._lock = threading.RLock()

    @property
    def name(self) -> str:
        """The queue's name."""
        return self._name

    def send(self, body: str, attributes: tuple[MessageAttribute, ...] = ()) -> str:
        """Put a message in; its ID."""
        with self._lock:
            message_id = f"{next(self._numbers):08d}-0000-4000-8000-000000000000"
            self._slots[message_id] = _Slot(message_id, body, self._clock.now(), attributes)
            return message_id

    def receive(self, limit: int, wait_seconds: int, visibility_seconds: int) -> list[DeadLetter]:
        """Up to `limit` visible messages, oldest first. Waiting in vain lets the clock's time pass."""
        with self._lock:
            now = self._clock.monotonic()
            visible = [slot for slot in self._slots.values() if slot.hidden_until <= now][:limit]
            letters = [self._deliver(slot, now + visibility_seconds) for slot in visible]
        if not letters:
            self._clock.sleep(wait_seconds)
        return letters

    def _deliver(self, slot: _Slot, hidden_until: float) -> DeadLetter:
        slot.receive_count += 1
        slot.hidden_until = hidden_until
        slot.handle = f"{slot.message_id}#{slot.receive_count}"
        return DeadLetter(
            message_id=slot.message_id,
            receipt_handle=slot.handle,
            body=slot.body,
            sent_at=slot.sent_at,
            received_at=self._clock.now(),
            receive_count=slot.receive_count,
            attributes={"ApproximateReceiveCount": str(slot.receive_count)},
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


class MemoryStore:
    """Clients, ledger and runs in dictionaries; `clients`, `ledger` and `runs` are the ports."""

    def __init__(self) -> None:
        self.clients = MemoryClients(self)
        self.ledger = MemoryLedger()
        self.runs = MemoryRuns()


class MemoryClients:
    """The collection `clients`."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store
        self._clients: dict[str, Client] = {}
        self._lock = threading.RLock()

    def put(self, client: Client) -> None:
        """Let somebody else's client exist."""
        self._clients[client.client_id] = client

    def find(self, client_ids: Collection[str]) -> dict[str, Client]:
        """By ID."""
        with self._lock:
            return {one: self._clients[one] for one in client_ids if one in self._clients}

    def owners(self, tracking_ids: Collection[str]) -> dict[str, str]:
        """By tracking ID."""
        with self._lock:
            wanted = set(tracking_ids)
            return {
                c.tracking_id: c.client_id for c in self._clients.values() if c.tracking_id and c.tracking_id in wanted
            }

    def write(self, writes: Sequence[ClientWrite]) -> None:
        """Each on its own condition."""
        with self._lock:
            for write in writes:
                if self._allows(write):
                    self._clients[write.client.client_id] = write.client

    def _allows(self, write: ClientWrite) -> bool:
        held = self._clients.get(write.client.client_id)
        owner = self.owners([write.client.tracking_id or ""]).values()
        if any(client_id != write.client.client_id for client_id in owner):
            return False
        match write.kind:
            case WriteKind.CREATE:
                return held is None
            case WriteKind.ATTACH:
                return held is not None and held.tracking_id is None
            case WriteKind.SUPERSEDE:
                loser = write.recovery.superseded[-1].message_id
                return held is not None and held.recovery is not None and held.recovery.message_id == loser

    def recovered_by(self, run_id: str) -> Iterator[Client]:
        """By way of the ledger."""
        ids = {
            entry.client_id
            for entry in self._store.ledger.of_run(run_id)
            if entry.outcome is Outcome.RECOVERED and entry.client_id
        }
        yield from self.find(sorted(ids)).values()


class MemoryLedger:
    """The collection `dead_letters`."""

    def __init__(self) -> None:
        self._entries: dict[str, LedgerEntry] = {}
        self._lock = threading.RLock()

    def record(self, letters: Sequence[DeadLetter], delivery: Delivery, at: datetime) -> Recorded:
        """New entries, or further attempts on open ones."""
        with self._lock:
            for letter in letters:
                held = self._entries.get(letter.message_id)
                if held is None:
                    self._entries[letter.message_id] = _new_entry(letter, delivery, at)
                elif not held.is_settled and held.delivery_id != delivery.delivery_id:
                    self._entries[letter.message_id] = _delivered_again(held, letter, delivery, at)
            settled = {one.message_id for one in letters if self._entries[one.message_id].is_settled}
        return Recorded(
            fresh=tuple(one for one in letters if one.message_id not in settled),
            settled=tuple(one for one in letters if one.message_id in settled),
        )

    def supersede(self, winner: str, superseded: Sequence[Superseded]) -> None:
        """Note it, and turn what was settled as recovered."""
        with self._lock:
            for one in superseded:
                if held := self._entries.get(one.message_id):
                    held = replace(held, superseded_by=winner, superseded=one)
                    if held.outcome is Outcome.RECOVERED:
                        held = replace(held, outcome=one.outcome, cause=one.cause, wrote=False)
                    self._entries[one.message_id] = held

    def settle(self, settlements: Sequence[Settlement], delivery: Delivery, at: datetime) -> dict[str, LedgerEntry]:
        """Once and for all; a superseded message is not settled as recovered."""
        with self._lock:
            for one in settlements:
                held = self._entries[one.message_id]
                if not held.is_settled and not (one.outcome is Outcome.RECOVERED and held.superseded):
                    self._entries[one.message_id] = _with_verdict(held, one, delivery, {"settled": at})
            return self.find([one.message_id for one in settlements])

    def defer(self, settlements: Sequence[Settlement], delivery: Delivery, at: datetime) -> None:
        """Unless settled."""
        with self._lock:
            for one in settlements:
                held = self._entries.get(one.message_id)
                if held and not held.is_settled:
                    self._entries[one.message_id] = _with_verdict(held, one, delivery, {"deferred": at})

    def mark_deleted(self, message_ids: Collection[str], at: datetime) -> None:
        """Stamp the step."""
        with self._lock:
            for message_id in message_ids:
                held = self._entries[message_id]
                self._entries[message_id] = replace(held, steps={**held.steps, "deleted": at})

    def find(self, message_ids: Collection[str]) -> dict[str, LedgerEntry]:
        """By message."""
        with self._lock:
            return {one: self._entries[one] for one in message_ids if one in self._entries}

    def of_client(self, client_id: str) -> list[LedgerEntry]:
        """By client."""
        with self._lock:
            mine = [entry for entry in self._entries.values() if entry.client_id == client_id]
        return sorted(mine, key=lambda entry: entry.steps["received"])

    def of_run(self, run_id: str) -> Iterator[LedgerEntry]:
        """By run."""
        with self._lock:
            mine = [entry for entry in self._entries.values() if entry.run_id == run_id and entry.outcome]
        yield from sorted(mine, key=lambda entry: entry.message_id)

    def count(self, run_id: str) -> dict[tuple[Outcome, Cause], int]:
        """By run."""
        return dict(Counter((e.outcome, e.cause) for e in self.of_run(run_id) if e.outcome and e.cause))


class MemoryRuns:
    """The collection `recovery_runs`."""

    def __init__(self) -> None:
        self._runs: dict[str, RunRecord] = {}
        self._lock = threading.RLock()

    def begin(self, run: RunRecord) -> None:
        """Enter it."""
        self.save(run)

    def save(self, run: RunRecord) -> None:
        """Replace it."""
        with self._lock:
            self._runs[run.run_id] = run.model_copy(deep=True)

    def beat(self, run_id: str, at: datetime) -> None:
        """Set one field."""
        with self._lock:
            if run_id in self._runs:
                self._runs[run_id] = self._runs[run_id].model_copy(update={"heartbeat_at": at})

    def get(self, run_id: str) -> RunRecord | None:
        """By ID."""
        return self._runs.get(run_id)

    def running(self) -> list[RunRecord]:
        """By state."""
        return [run for run in self._runs.values() if run.state is RunState.RUNNING]

    def unclosed(self, run_ids: Collection[str]) -> frozenset[str]:
        """By state."""
        return frozenset(one for one in run_ids if one in self._runs and not self._runs[one].state.is_closed)

    def latest(self, limit: int) -> list[RunRecord]:
        """Newest first."""
        return sorted(self._runs.values(), key=lambda run: run.started_at, reverse=True)[:limit]


def _new_entry(letter: DeadLetter, delivery: Delivery, at: datetime) -> LedgerEntry:
    return LedgerEntry(
        message_id=letter.message_id,
        run_id=delivery.run_id,
        delivery_id=delivery.delivery_id,
        queue=delivery.queue,
        body=letter.body,
        body_sha256=letter.body_sha256,
        receive_count=letter.receive_count,
        attempts=1,
        steps={"sent": letter.sent_at, "received": letter.received_at, "recorded": at},
        attributes=letter.attributes,
        message_attributes=letter.message_attributes,
    )


def _delivered_again(held: LedgerEntry, letter: DeadLetter, delivery: Delivery, at: datetime) -> LedgerEntry:
    steps = {name: when for name, when in held.steps.items() if name != "deferred"}
    return replace(
        held,
        run_id=delivery.run_id,
        delivery_id=delivery.delivery_id,
        queue=delivery.queue,
        receive_count=letter.receive_count,
        attempts=held.attempts + 1,
        outcome=None,
        cause=None,
        detail="",
        steps={**steps, "received": letter.received_at, "recorded": at},
    )


def _with_verdict(held: LedgerEntry, one: Settlement, delivery: Delivery, step: dict[str, datetime]) -> LedgerEntry:
    reached = {"decided": one.decided_at, "written": one.written_at}
    return replace(
        held,
        run_id=delivery.run_id,
        delivery_id=delivery.delivery_id,
        outcome=one.outcome,
        cause=one.cause,
        detail=one.detail,
        client_id=one.client_id,
        event_id=one.event_id,
        occurred_at=one.occurred_at,
        envelope=one.envelope,
        rate_minor=one.rate_minor,
        currency=one.currency,
        wrote=one.wrote,
        before=one.before,
        steps={**held.steps, **{name: when for name, when in reached.items() if when}, **step},
    )
