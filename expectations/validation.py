"""Validates what a run left in MongoDB."""

from __future__ import annotations

import threading
from pathlib import Path

import pandas as pd

from expectations.quiet import quietly
from reclaim.outcomes import Counts
from reclaim.validation import ValidationResult

_ONE_AT_A_TIME = threading.Lock()
"""Great Expectations keeps its current context in a global, and so does Python its warning filters."""


def validate_run(
    clients: pd.DataFrame, ledger: pd.DataFrame, counts: Counts, docs_folder: Path | None, run_id: str
) -> ValidationResult:
    """Check what a run left against everything that must be true of it.

    A check that cannot be carried out is a failure with its reason, never a silent pass.

    Args:
        clients: of `expectations.frames.clients_frame`, the clients that the run recovered.
        ledger: of `expectations.frames.ledger_frame`, the entries that the run settled or deferred.
        counts: what the run counted while it ran.
        docs_folder: where the Data Docs are written; None writes none.
        run_id: the run, by which its entries and the Data Docs are named.
    """
    with _ONE_AT_A_TIME, quietly():
        # Importing Great Expectations takes seconds, which only those who validate should pay.
        from expectations.clients import clients_suite  # noqa: PLC0415
        from expectations.engine import new_context, run_suite  # noqa: PLC0415
        from expectations.ledger import ledger_suite  # noqa: PLC0415

        context = new_context()
        suites = (
            run_suite(context, clients_suite(), clients, ("client_id", "message_id"), run_id),
            run_suite(context, ledger_suite(counts, run_id), ledger, ("message_id", "client_id"), run_id),
        )
    return ValidationResult(success=all(suite.success for suite in suites), suites=suites)
