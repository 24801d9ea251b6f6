"""The chain of tasks that every batch goes through: receive, record, decide, write, settle.

Letters and verdicts pass between them in memory, wrapped so that the orchestrator does not look into them; a body
never leaves the process.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from random import Random
from typing import Any

from reclaim.adapters.bootstrap import Target, adapters
from reclaim.model.ledger import Recorded
from reclaim.model.outcome import Cause
from reclaim.recovery import steps
from reclaim.recovery.deferral import deferral_of
from reclaim.recovery.pacing import hide_seconds
from reclaim.recovery.steps import Accounted, Batch, ReceiveLimits, Verdicts
from tasks.retrying import step


@step
def receive(target: Target, run_id: str, messages: int) -> Batch:
    """Up to `messages` from the queue, hidden from everybody else."""
    outside = adapters(target)
    settings = outside.settings
    limits = ReceiveLimits(
        messages, settings.batch_bytes, settings.wait_time_seconds, settings.visibility_timeout_seconds
    )
    batch = steps.receive(outside.queue, run_id, limits, outside.clock)
    _log(target, run_id, "received", ({"message_id": letter.message_id} for letter in batch.letters))
    return batch


@step
def record(target: Target, batch: Batch) -> Recorded:
    """Write-ahead: the raw messages are in the ledger before anything else happens to them."""
    outside = adapters(target)
    recorded = steps.record(outside.ledger, batch, outside.clock)
    _log(target, batch.delivery.run_id, "recorded", ({"message_id": one.message_id} for one in recorded.fresh))
    return recorded


@step
def decide(target: Target, batch: Batch) -> Verdicts:
    """What shall become of each message, given what MongoDB holds."""
    outside = adapters(target)
    key = outside.settings.require_tracking_key()
    verdicts = steps.decide(outside.clients, outside.runs, batch, key, outside.clock)
    _log(target, batch.delivery.run_id, "decided", _lines(verdicts))
    return verdicts


@step
def write(target: Target, batch: Batch, verdicts: Verdicts) -> Verdicts:
    """Clients into MongoDB, read back from a majority."""
    outside = adapters(target)
    key = outside.settings.require_tracking_key()
    written = steps.write(outside.clients, outside.ledger, outside.runs, batch, verdicts, key=key, clock=outside.clock)
    _log(target, batch.delivery.run_id, "written", _lines(written))
    return written


@step
def settle(target: Target, batch: Batch, verdicts: Verdicts) -> Accounted:
    """Final outcomes into the ledger; what it then says is what counts."""
    outside = adapters(target)
    accounted = steps.settle(outside.ledger, batch, verdicts, outside.clock)
    if not target.rehearsal:
        outside.telemetry.settled(batch.letters, accounted.mine)
    _log(
        target,
        batch.delivery.run_id,
        "settled",
        (
            {"message_id": e.message_id, "client_id": e.client_id, "outcome": e.outcome, "cause": e.cause}
            for e in accounted.mine
        ),
    )
    return accounted


@step
def acknowledge(target: Target, batch: Batch) -> list[str]:
    """Delete settled messages from the queue, last of all; the IDs of those it would not delete."""
    outside = adapters(target)
    refused = steps.acknowledge(outside.queue, outside.ledger, batch, outside.clock)
    kept = set(refused)
    deleted = ({"message_id": one.message_id} for one in batch.letters if one.message_id not in kept)
    _log(target, batch.delivery.run_id, "deleted", deleted)
    return refused


@step
def give_back(target: Target, batch: Batch) -> None:
    """Leave messages in the queue, hidden for longer the more often they were received."""
    outside = adapters(target)
    rng = Random()  # noqa: S311  (jitter, not a secret)
    base = outside.settings.defer_seconds
    outside.queue.hide({x.receipt: hide_seconds(x.receive_count, base, rng) for x in batch.letters})
    _log(target, batch.delivery.run_id, "deferred", ({"message_id": letter.message_id} for letter in batch.letters))


@step
def note_deferral(target: Target, batch: Batch, causes: Mapping[str, Cause], detail: str) -> None:
    """Say in the ledger that messages stayed in the queue, and why."""
    outside = adapters(target)
    deferred = [deferral_of(letter, causes[letter.message_id], detail) for letter in batch.letters]
    outside.ledger.defer(deferred, batch.delivery, outside.clock.now())


def _lines(verdicts: Verdicts) -> Iterable[dict[str, Any]]:
    return (
        {"message_id": d.message_id, "client_id": d.case.client_id, "outcome": d.outcome, "cause": d.cause}
        for d in verdicts.decisions
    )


def _log(target: Target, run_id: str, reached: str, messages: Iterable[Mapping[str, Any]]) -> None:
    outside = adapters(target)
    outside.event_log(run_id).write(run_id, reached, outside.clock.now(), messages)
