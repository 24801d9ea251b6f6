"""The task that checks what a run left in MongoDB."""

from __future__ import annotations

from reclaim.adapters.bootstrap import Ports
from reclaim.model.outcome import Counts
from reclaim.model.validation import ValidationResult
from reclaim.ports import RunFrames
from tasks.retrying import step


@step
def validate(ports: Ports, run_id: str, counts: Counts, frames: RunFrames) -> ValidationResult:
    """Check the records and the ledger as they were read at the run's end; Data Docs go beside the report."""
    return frames.validate(counts, ports.reports.folder(run_id) / "validation", run_id)
