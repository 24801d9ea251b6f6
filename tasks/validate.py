"""The task that checks what a run left in MongoDB."""

from __future__ import annotations

from expectations.frames import clients_frame, ledger_frame
from expectations.validation import validate_run
from reclaim.adapters.bootstrap import Target, adapters
from reclaim.model.outcome import Counts
from reclaim.model.validation import ValidationResult
from tasks.retrying import step


@step
def validate(target: Target, run_id: str, counts: Counts) -> ValidationResult:
    """Check clients and ledger as a majority of MongoDB's members hold them; Data Docs go beside the report."""
    outside = adapters(target)
    clients = {client.client_id: client for client in outside.clients.recovered_by(run_id)}
    ledger = ledger_frame(outside.ledger.of_run(run_id), clients)
    key = outside.settings.require_tracking_key()
    return validate_run(
        clients_frame(clients.values(), key), ledger, counts, outside.reports.folder(run_id) / "validation", run_id
    )
