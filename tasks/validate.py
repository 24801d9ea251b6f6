"""The task that checks what a run left in MongoDB."""

from __future__ import annotations

from expectations.frames import ledger_frame, records_frame
from expectations.validation import validate_run
from reclaim.adapters.bootstrap import Ports
from reclaim.model.outcome import Counts
from reclaim.model.validation import ValidationResult
from tasks.retrying import step


@step
def validate(ports: Ports, run_id: str, counts: Counts) -> ValidationResult:
    """Check clients and ledger as a majority of MongoDB's members hold them; Data Docs go beside the report."""
    records = {record.record_key: record for record in ports.records.recovered_by(run_id)}
    ledger = ledger_frame(ports.ledger.of_run(run_id), records)
    key = ports.tracking_key
    return validate_run(
        records_frame(records.values(), key), ledger, counts, ports.reports.folder(run_id) / "validation", run_id
    )
