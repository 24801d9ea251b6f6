"""The steps of one message, or of every message of one record."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any, Final

from reclaim.contracts.contract import Contract
from reclaim.model.ledger import LedgerEntry
from reclaim.model.message import released_id
from reclaim.model.record import Record
from reclaim.model.trace_context import trace_context
from reclaim.ports import Ledger, RecordStore

STEPS: Final = ("sent", "received", "recorded", "decided", "written", "settled", "deferred", "deleted")
"""The steps a message can reach, in their order."""


@dataclass(frozen=True, slots=True)
class Trace:
    """What is known of an ID.

    Attributes:
        entries: the ledger's entries, oldest first.
        record: as MongoDB holds it; None where there is none.
    """

    entries: tuple[LedgerEntry, ...]
    record: Record | None

    def as_dict(self) -> dict[str, Any]:
        """The trace as JSON holds it; bodies stay out of it."""
        return {
            "record": record_as_dict(self.record) if self.record else None,
            "messages": [entry_as_dict(entry) for entry in self.entries],
        }


def trace(identifier: str, contract: Contract, ledger: Ledger, records: RecordStore) -> Trace | None:
    """What is known of a message ID or a record key; None if nothing is."""
    entry = ledger.find([identifier]).get(identifier)
    entries = history(entry, ledger) if entry else tuple(ledger.of_record(identifier, contract.name))
    record_key = next((one.record_key for one in entries if one.record_key), identifier)
    record = records.find([record_key]).get(record_key)
    return Trace(entries, record) if entries or record else None


def history(entry: LedgerEntry, ledger: Ledger) -> tuple[LedgerEntry, ...]:
    """The message that was received and each that a release from quarantine made of it, in their order."""
    chain = [entry]
    while (origin := chain[0].released_from) and (before := ledger.find([origin.message_id])):
        chain.insert(0, before[origin.message_id])
    while after := ledger.find([released_id(chain[-1].message_id)]):
        chain.extend(after.values())
    return tuple(chain)


def reached_steps(entry: LedgerEntry) -> list[tuple[str, datetime, float]]:
    """The steps reached: name, time (UTC), and milliseconds since the step before."""
    reached = [(step, entry.steps[step]) for step in STEPS if entry.steps.get(step)]
    gaps = [0.0, *((after - before).total_seconds() * 1000 for (_, before), (_, after) in pairwise(reached))]
    return [(step, at, gap) for (step, at), gap in zip(reached, gaps, strict=True)]


def entry_as_dict(entry: LedgerEntry) -> dict[str, Any]:
    """One message, without its body; `trace_id` is that of its sender's trace."""
    context = trace_context(entry.attributes, entry.message_attributes)
    return {
        "message_id": entry.message_id,
        "record_key": entry.record_key,
        "event_id": entry.event_id,
        "outcome": entry.outcome,
        "cause": entry.cause,
        "detail": entry.detail,
        "run_id": entry.run_id,
        "queue": entry.queue,
        "envelope": entry.envelope,
        "receive_count": entry.receive_count,
        "attempts": entry.attempts,
        "body_sha256": entry.body_sha256,
        "resolution": asdict(entry.resolution) if entry.resolution else None,
        "released_from": asdict(entry.released_from) if entry.released_from else None,
        "attributes": entry.attributes,
        "trace_id": f"{context.trace_id:032x}" if context else None,
        "steps": [{"step": step, "at": at, "after_ms": round(gap, 3)} for step, at, gap in reached_steps(entry)],
    }


def record_as_dict(record: Record) -> dict[str, Any]:
    """One record with the fields that its contract names, and how it got its identity."""
    recovery = record.recovery
    return {
        **record.fields,
        "record_key": record.record_key,
        "identity": record.identity,
        "created_at": record.created_at,
        "recovery": {
            "run_id": recovery.run_id,
            "message_id": recovery.message_id,
            "recovered_at": recovery.recovered_at,
            "origin": recovery.origin,
        }
        if recovery
        else None,
    }
