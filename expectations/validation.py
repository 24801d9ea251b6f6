"""Validates what a run left in MongoDB, and what an audit found there."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from expectations.quiet import quietly
from reclaim.model.outcome import Counts
from reclaim.model.validation import ValidationResult
from reclaim.reconciliation.model import Reconciliation

if TYPE_CHECKING:
    from great_expectations.data_context.data_context.ephemeral_data_context import EphemeralDataContext

    from expectations.engine import Check

_LOGGER = logging.getLogger(__name__)
_ONE_AT_A_TIME = threading.Lock()
"""Great Expectations keeps its current context in a global, and so does Python its warning filters."""


def validate_run(
    records: pd.DataFrame, ledger: pd.DataFrame, counts: Counts, docs_folder: Path | None, run_id: str
) -> ValidationResult:
    """Check what a run left against everything that must be true of it.

    A check that cannot be carried out is a failure with its reason, never a silent pass.

    Args:
        clients: of `expectations.frames.records_frame`, the clients that the run recovered.
        ledger: of `expectations.frames.ledger_frame`, the entries that the run settled or deferred.
        counts: what the run counted while it ran.
        docs_folder: where the Data Docs are written, inside the run's report; None writes none.
        run_id: the run, by which its entries and the Data Docs are named.
    """

    def checks() -> tuple[Check, ...]:
        # Importing Great Expectations takes seconds, which only those who validate should pay.
        from expectations.clients import records_check  # noqa: PLC0415
        from expectations.ledger import ledger_check  # noqa: PLC0415

        return records_check(records), ledger_check(ledger, counts, run_id)

    return _validated(checks, docs_folder, run_id)


def validate_reconciliation(
    applications: pd.DataFrame,
    charges: pd.DataFrame,
    reconciliation: Reconciliation,
    docs_folder: Path | None,
    run_id: str,
) -> ValidationResult:
    """Check the rows of an audit, and its figures against them.

    A check that cannot be carried out is a failure with its reason, never a silent pass.

    Args:
        applications: see `reclaim.reconciliation.frames`.
        charges: likewise.
        reconciliation: what was found; its own `validation` is not looked at.
        docs_folder: where the Data Docs are written, inside the run's report; None writes none.
        run_id: the run, by which the Data Docs are named.
    """

    def checks() -> tuple[Check, ...]:
        from expectations.applications import applications_check  # noqa: PLC0415  (as above)
        from expectations.charges import charges_check  # noqa: PLC0415
        from expectations.reconciliation import reconciliation_check  # noqa: PLC0415

        return (
            applications_check(applications, reconciliation),
            charges_check(charges, reconciliation),
            reconciliation_check(reconciliation, applications, charges),
        )

    return _validated(checks, docs_folder, run_id)


def _validated(checks: Callable[[], tuple[Check, ...]], docs_folder: Path | None, run_id: str) -> ValidationResult:
    with _ONE_AT_A_TIME, quietly():
        from expectations.engine import new_context, run_check  # noqa: PLC0415  (the library's import, as above)

        context = new_context()
        suites = tuple(run_check(context, check, run_id) for check in checks())
        docs = _docs(context, docs_folder, run_id) if docs_folder else None
    return ValidationResult(success=all(suite.success for suite in suites), suites=suites, docs=docs)


def _docs(context: EphemeralDataContext, folder: Path, run_id: str) -> str | None:
    """The index's path beside the report; None, and a warning, where the pages could not be built.

    The pages are a view of the result. That they fail must not take the result itself from the run.
    """
    from expectations.docs import INDEX, build_docs  # noqa: PLC0415  (the library's import, as above)

    try:
        build_docs(context, folder, run_id)
    except Exception as error:  # noqa: BLE001  (rendering may raise anything)
        _LOGGER.warning("The Data Docs could not be built: %s", error)
        return None
    return f"{folder.name}/{INDEX}"
