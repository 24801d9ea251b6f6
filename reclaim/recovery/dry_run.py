"""The stores with their writes held back, so that a dry run takes the same steps as a real run.

Reads reach the real store. What would be written stays in memory, where later batches of the same dry run see it; what
would be deleted stays hidden (`reclaim.exposure.holding`) until the run ends, so that it is not received twice.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from reclaim.contracts.contract import Contract
from reclaim.contracts.documents import document_of, recovery_document
from reclaim.model.ledger import Delivery, LedgerEntry, Mention, Recorded, Settlement
from reclaim.model.message import Message
from reclaim.model.outcome import Cause, Outcome
from reclaim.model.record import Record, RecordWrite, WriteKind
from reclaim.ports import Ledger, RecordStore


class OverlayRecords:
    """Records that are written here, over those of another store; see `reclaim.ports.RecordStore`.

    Args:
        ledger: says which records a run recovered.
        real: the store below; None for none.
    """

    def __init__(self, contract: Contract, ledger: Ledger, real: RecordStore | None = None) -> None:
        self._contract = contract
        self._ledger = ledger
        self._real = real
        self._records: dict[str, Record] = {}
        self._owners: dict[str, str] = {}
        self._lock = threading.RLock()

    def put(self, record: Record) -> None:
        """Have a record exist as it is given."""
        with self._lock:
            document = record.document or document_of(record, self._contract)
            self._records[record.record_key] = replace(record, document=document)
            if record.identity:
                self._owners[record.identity] = record.record_key

    def find(self, record_keys: Collection[str]) -> dict[str, Record]:
        """Those below, replaced by those written here."""
        below = self._real.find(record_keys) if self._real else {}
        with self._lock:
            return below | {one: self._records[one] for one in record_keys if one in self._records}

    def attributable(self, record_keys: Collection[str]) -> frozenset[str]:
        """Those below, and those written here."""
        below = self._real.attributable(record_keys) if self._real else frozenset()
        with self._lock:
            return below | frozenset(one for one in record_keys if one in self._records and self._records[one].identity)

    def owners(self, identities: Collection[str]) -> dict[str, str]:
        """Those below, and those written here."""
        below = self._real.owners(identities) if self._real else {}
        with self._lock:
            return below | {one: self._owners[one] for one in identities if one in self._owners}

    def write(self, writes: Sequence[RecordWrite]) -> None:
        """Each on its own condition, checked against what is there below and here."""
        owners = self.owners([write.record.identity for write in writes if write.record.identity])
        for record in self.find({*owners.values(), *(write.record.record_key for write in writes)}).values():
            self.put(record)
        with self._lock:
            for write in writes:
                if self._allows(write):
                    self.put(replace(write.record, document=self._written(write)))

    def recovered_by(self, run_id: str) -> Iterator[Record]:
        """By way of the ledger."""
        recovered = (entry for entry in self._ledger.of_run(run_id) if entry.outcome is Outcome.RECOVERED)
        yield from self.find(sorted({entry.record_key for entry in recovered if entry.record_key})).values()

    def _written(self, write: RecordWrite) -> dict[str, Any]:
        """The document as the write leaves it; one that was there before keeps what it held."""
        if write.kind is WriteKind.CREATE:
            return document_of(write.record, self._contract)
        changed = {
            self._contract.identity_field: write.record.identity,
            "recovery": recovery_document(write.recovery),
        }
        return self._records[write.record.record_key].document | changed

    def _allows(self, write: RecordWrite) -> bool:
        held = self._records.get(write.record.record_key)
        if self._owners.get(write.record.identity or "", write.record.record_key) != write.record.record_key:
            return False
        if write.kind is WriteKind.CREATE:
            return held is None
        return held is not None and held.identity is None


class OverlayLedger:
    """A ledger of its own that knows, from the one below, which messages were settled before; see `Ledger`.

    Args:
        real: the ledger below; None for none.
    """

    def __init__(self, real: Ledger | None = None) -> None:
        self._real = real
        self._entries: dict[str, LedgerEntry] = {}
        self._lock = threading.RLock()

    def record(self, messages: Sequence[Message], delivery: Delivery, at: datetime) -> Recorded:
        """Make new entries, or note another attempt on open ones; what is settled, here or below, comes back apart."""
        below = self._real.find([message.message_id for message in messages]) if self._real else {}
        settled = {message_id for message_id, entry in below.items() if entry.is_settled}
        with self._lock:
            for message in messages:
                held = self._entries.get(message.message_id)
                if held is None and message.message_id not in settled:
                    self._entries[message.message_id] = _new_entry(message, delivery, at)
                elif held and not held.is_settled and held.delivery_id != delivery.delivery_id:
                    self._entries[message.message_id] = _delivered_again(held, message, delivery, at)
            settled |= {one for one, entry in self.find([x.message_id for x in messages]).items() if entry.is_settled}
            return Recorded(
                fresh=tuple(
                    replace(one, body=self._entries[one.message_id].body)
                    for one in messages
                    if one.message_id not in settled
                ),
                settled=tuple(one for one in messages if one.message_id in settled),
            )

    def settle(self, settlements: Sequence[Settlement], delivery: Delivery, at: datetime) -> dict[str, LedgerEntry]:
        """An entry that is settled stays as it is."""
        self._enter(settlements, delivery, {"settled": at})
        return self.find([one.message_id for one in settlements])

    def defer(self, settlements: Sequence[Settlement], delivery: Delivery, at: datetime) -> None:
        """An entry that is settled stays as it is."""
        self._enter(settlements, delivery, {"deferred": at})

    def mark_deleted(self, message_ids: Collection[str], at: datetime) -> None:
        """Only entries that are here: what the ledger below has settled is left as it is."""
        with self._lock:
            for held in self.find(message_ids).values():
                self._entries[held.message_id] = replace(held, steps={**held.steps, "deleted": at})

    def find(self, message_ids: Collection[str]) -> dict[str, LedgerEntry]:
        """Only entries that are here."""
        with self._lock:
            return {one: self._entries[one] for one in message_ids if one in self._entries}

    def of_record(self, record_key: str, contract: str) -> list[LedgerEntry]:
        """By record."""
        mine = [one for one in self._all() if (one.record_key, one.contract) == (record_key, contract)]
        return sorted(mine, key=lambda entry: entry.steps["received"])

    def of_run(self, run_id: str) -> Iterator[LedgerEntry]:
        """By run."""
        yield from (entry for entry in self._all() if entry.run_id == run_id and entry.outcome)

    def mentions(self, queue: str, contract: str, run_id: str | None = None) -> Iterator[Mention]:
        """By queue and run."""
        for one in self._all():
            wanted = (one.queue, one.contract) == (queue, contract) and run_id in (None, one.run_id)
            if wanted and one.resolution is None and one.outcome and one.cause:
                yield Mention(one.record_key, one.outcome, one.cause, one.steps["sent"])

    def count(self, run_id: str) -> dict[tuple[Outcome, Cause], int]:
        """By run."""
        return dict(Counter((e.outcome, e.cause) for e in self.of_run(run_id) if e.outcome and e.cause))

    def _all(self) -> list[LedgerEntry]:
        with self._lock:
            return [self._entries[one] for one in sorted(self._entries)]

    def _enter(self, settlements: Sequence[Settlement], delivery: Delivery, step: dict[str, datetime]) -> None:
        with self._lock:
            for one in settlements:
                held = self._entries.get(one.message_id)
                if held and not held.is_settled:
                    self._entries[one.message_id] = _with_outcome(held, one, delivery, step)


def _new_entry(message: Message, delivery: Delivery, at: datetime) -> LedgerEntry:
    return LedgerEntry(
        message_id=message.message_id,
        run_id=delivery.run_id,
        delivery_id=delivery.delivery_id,
        queue=delivery.queue,
        contract=delivery.contract,
        body=message.body,
        body_sha256=message.body_sha256,
        receive_count=message.receive_count,
        attempts=1,
        steps={"sent": message.sent_at, "received": message.received_at, "recorded": at},
        attributes=message.attributes,
        message_attributes=message.message_attributes,
        released_from=message.released_from,
    )


def _delivered_again(held: LedgerEntry, message: Message, delivery: Delivery, at: datetime) -> LedgerEntry:
    steps = {name: when for name, when in held.steps.items() if name != "deferred"}
    return replace(
        held,
        run_id=delivery.run_id,
        delivery_id=delivery.delivery_id,
        queue=delivery.queue,
        contract=delivery.contract,
        receive_count=message.receive_count,
        attempts=held.attempts + 1,
        outcome=None,
        cause=None,
        detail="",
        steps={**steps, "received": message.received_at, "recorded": at},
    )


def _with_outcome(held: LedgerEntry, one: Settlement, delivery: Delivery, step: dict[str, datetime]) -> LedgerEntry:
    reached = {"decided": one.decided_at, "written": one.written_at}
    return replace(
        held,
        run_id=delivery.run_id,
        delivery_id=delivery.delivery_id,
        outcome=one.outcome,
        cause=one.cause,
        detail=one.detail,
        record_key=one.record_key,
        event_id=one.event_id,
        occurred_at=one.occurred_at,
        envelope=one.envelope,
        rate_minor=one.rate_minor,
        currency=one.currency,
        wrote=one.wrote,
        before=one.before,
        steps={**held.steps, **{name: when for name, when in reached.items() if when}, **step},
    )
