"""The in-memory twin of the ledger."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from reclaim.model.ledger import Delivery, LedgerEntry, Mention, Recorded, Settlement
from reclaim.model.message import DeadLetter
from reclaim.model.outcome import Cause, Outcome
from reclaim.model.record import Superseded
from reclaim.model.resolution import ResolutionKind


class MemoryLedger:
    """Entries in a dictionary; see `reclaim.ports.Ledger`."""

    def __init__(self) -> None:
        self._entries: dict[str, LedgerEntry] = {}
        self._lock = threading.RLock()

    def put(self, entry: LedgerEntry) -> None:
        """Let an entry be as it is given."""
        with self._lock:
            self._entries[entry.message_id] = entry

    def all(self) -> list[LedgerEntry]:
        """Every entry, in the order of message IDs."""
        with self._lock:
            return [self._entries[one] for one in sorted(self._entries)]

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
            fresh=tuple(
                replace(one, body=self._entries[one.message_id].body)
                for one in letters
                if one.message_id not in settled
            ),
            settled=tuple(one for one in letters if one.message_id in settled),
        )

    def stood_for(self, message_ids: Collection[str]) -> dict[str, str]:
        """Back along the undos, one after the other."""
        with self._lock:
            undone = {
                one.resolution.became: one.message_id
                for one in self._entries.values()
                if one.resolution and one.resolution.kind is ResolutionKind.UNDONE and one.resolution.became
            }
        first = {}
        for one in message_ids:
            original = one
            while original in undone:
                original = undone[original]
                first[one] = original
        return first

    def supersede(self, winner: str, superseded: Sequence[Superseded]) -> None:
        """Note it, and turn what was settled."""
        with self._lock:
            for one in superseded:
                if held := self._entries.get(one.message_id):
                    held = replace(held, superseded_by=winner, superseded=one)
                    if held.is_settled:
                        held = replace(held, outcome=one.outcome, cause=one.cause, wrote=False)
                    self._entries[one.message_id] = held

    def settle(self, settlements: Sequence[Settlement], delivery: Delivery, at: datetime) -> dict[str, LedgerEntry]:
        """Once and for all; a superseded message is not settled as recovered."""
        with self._lock:
            for one in settlements:
                held = self._entries.get(one.message_id)
                if held and not held.is_settled and not (one.outcome is Outcome.RECOVERED and held.superseded):
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
            for held in self.find(message_ids).values():
                self._entries[held.message_id] = replace(held, steps={**held.steps, "deleted": at})

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

    def mentions(self, queue: str, run_id: str | None = None) -> Iterator[Mention]:
        """By queue and run."""
        for one in self.all():
            wanted = one.queue == queue and run_id in (None, one.run_id) and one.resolution is None
            if wanted and one.outcome and one.cause:
                yield Mention(one.client_id, one.outcome, one.cause, one.steps["sent"])

    def count(self, run_id: str) -> dict[tuple[Outcome, Cause], int]:
        """By run."""
        return dict(Counter((e.outcome, e.cause) for e in self.of_run(run_id) if e.outcome and e.cause))


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
        released_from=letter.released_from,
        stands_for=letter.stands_for,
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
