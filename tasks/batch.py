"""The chain of tasks that every batch goes through: receive, record, decide, write, settle.

Messages and decisions pass between them in memory, wrapped so that the orchestrator does not look into them; a body
never leaves the process.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from random import Random
from typing import Any

from reclaim.adapters.bootstrap import Ports
from reclaim.model.ledger import Recorded
from reclaim.model.outcome import Cause
from reclaim.recovery import steps
from reclaim.recovery.pacing import hide_seconds
from reclaim.recovery.steps import Batch, BatchDecisions, ReceiveLimits, SettledBatch, deferral_of
from tasks.retrying import step


@step
def receive(ports: Ports, run_id: str, messages: int) -> Batch:
    """Up to `messages` from the queue, hidden from everybody else."""
    settings = ports.settings
    limits = ReceiveLimits(
        messages, settings.batch_bytes, settings.wait_time_seconds, settings.visibility_timeout_seconds
    )
    batch = steps.receive(ports.queue, run_id, ports.contract, limits, ports.clock)
    _log(ports, run_id, "received", ({"message_id": message.message_id} for message in batch.messages))
    return batch


@step
def record(ports: Ports, batch: Batch) -> Recorded:
    """Write-ahead: the raw messages are in the ledger before anything else happens to them."""
    recorded = steps.record(ports.ledger, batch, ports.clock)
    _log(ports, batch.delivery.run_id, "recorded", ({"message_id": one.message_id} for one in recorded.fresh))
    return recorded


@step
def decide(ports: Ports, batch: Batch) -> BatchDecisions:
    """What shall become of each message, given what MongoDB holds."""
    decided = steps.decide(ports.records, batch, ports.contract, ports.tracking_key, ports.clock)
    _log(ports, batch.delivery.run_id, "decided", _lines(decided))
    return decided


@step
def write(ports: Ports, batch: Batch, decided: BatchDecisions) -> BatchDecisions:
    """Records into MongoDB, read back from a majority."""
    written = steps.write(ports.records, batch, decided, ports.contract, ports.tracking_key, ports.clock)
    _log(ports, batch.delivery.run_id, "written", _lines(written))
    return written


@step
def settle(ports: Ports, batch: Batch, decided: BatchDecisions) -> SettledBatch:
    """Final outcomes into the ledger; what it then says is what counts."""
    settled = steps.settle(ports.ledger, batch, decided, ports.clock)
    if not ports.is_dry_run:
        ports.telemetry.settled(batch.messages, settled.entries)
    _log(
        ports,
        batch.delivery.run_id,
        "settled",
        (
            {"message_id": e.message_id, "record_key": e.record_key, "outcome": e.outcome, "cause": e.cause}
            for e in settled.entries
        ),
    )
    return settled


@step
def acknowledge(ports: Ports, batch: Batch) -> list[str]:
    """Delete settled messages from the queue, last of all; the IDs of those it would not delete."""
    refused = steps.acknowledge(ports.queue, ports.ledger, batch, ports.clock)
    kept = set(refused)
    deleted = ({"message_id": one.message_id} for one in batch.messages if one.message_id not in kept)
    _log(ports, batch.delivery.run_id, "deleted", deleted)
    return refused


@step
def give_back(ports: Ports, batch: Batch) -> None:
    """Leave messages in the queue, hidden for longer the more often they were received."""
    rng = Random()  # noqa: S311  (jitter, not a secret)
    base = ports.settings.defer_seconds
    ports.queue.hide({x.receipt: hide_seconds(x.receive_count, base, rng) for x in batch.messages})
    _log(ports, batch.delivery.run_id, "deferred", ({"message_id": message.message_id} for message in batch.messages))


@step
def note_deferral(ports: Ports, batch: Batch, causes: Mapping[str, Cause], detail: str) -> None:
    """Say in the ledger that messages stayed in the queue, and why."""
    deferred = [deferral_of(message, causes[message.message_id], detail, ports.contract) for message in batch.messages]
    ports.ledger.defer(deferred, batch.delivery, ports.clock.now())


def _lines(decided: BatchDecisions) -> Iterable[dict[str, Any]]:
    return (
        {"message_id": d.message_id, "record_key": d.case.record_key, "outcome": d.outcome, "cause": d.cause}
        for d in decided.decisions
    )


def _log(ports: Ports, run_id: str, reached: str, messages: Iterable[Mapping[str, Any]]) -> None:
    ports.event_log(run_id).write(run_id, reached, ports.clock.now(), messages)
