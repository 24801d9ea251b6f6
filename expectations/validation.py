"""Validates what a run left in MongoDB, and what an audit found there; the adapter of `reclaim.ports.Validator`.

Great Expectations is imported only when a validation runs, because that import takes seconds.
"""

from __future__ import annotations

import logging
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from expectations.frames import ledger_frame, records_frame
from reclaim.contracts.contract import Contract
from reclaim.model.ledger import LedgerEntry
from reclaim.model.outcome import Counts
from reclaim.model.record import Record
from reclaim.model.validation import ValidationResult
from reclaim.reconciliation.matching import Matched
from reclaim.reconciliation.model import Reconciliation

if TYPE_CHECKING:
    from great_expectations.data_context.data_context.ephemeral_data_context import EphemeralDataContext

    from expectations.engine import SuiteCheck

_LOGGER = logging.getLogger(__name__)
_ONE_AT_A_TIME = threading.Lock()
"""Great Expectations keeps its current context in a global, and so does Python its warning filters."""


class GreatExpectationsValidator:
    """See `reclaim.reconciliation.ports.AuditValidator`.

    A check that cannot be carried out is a failure with its reason, never a silent pass.
    """

    def run_frames(
        self, records: Iterable[Record], entries: Iterable[LedgerEntry], contract: Contract, key: bytes | None
    ) -> ExpectationFrames:
        """The two tables that are validated; entries are let go of one by one, and the key is used up here."""
        by_key = {record.record_key: record for record in records}
        ledger = ledger_frame(entries, by_key)
        return ExpectationFrames(records_frame(by_key.values(), contract, key), ledger, contract)

    def validate_audit(
        self, reconciliation: Reconciliation, matched: Matched, contract: Contract, docs_folder: Path | None
    ) -> ValidationResult:
        """Check the rows of an audit, and its figures against them; its own `validation` is not looked at."""

        def checks() -> tuple[SuiteCheck, ...]:
            from expectations.applications import applications_check  # noqa: PLC0415  (the library's import)
            from expectations.charges import charges_check  # noqa: PLC0415
            from expectations.reconciliation import reconciliation_check  # noqa: PLC0415

            applications, charges = matched.applications, matched.charges
            return (
                applications_check(applications, reconciliation, contract),
                charges_check(charges, reconciliation, contract),
                reconciliation_check(reconciliation, applications, charges),
            )

        return _validated(checks, docs_folder, reconciliation.run_id)


class ExpectationFrames:
    """The tables of one run; see `reclaim.ports.RunFrames`. A plain class, which the orchestrator does not look into.

    Attributes:
        records: of `expectations.frames.records_frame`, the records that the run recovered.
        ledger: of `expectations.frames.ledger_frame`, the entries that the run settled or deferred.
    """

    __slots__ = ("contract", "ledger", "records")

    def __init__(self, records: pd.DataFrame, ledger: pd.DataFrame, contract: Contract) -> None:
        self.records = records
        self.ledger = ledger
        self.contract = contract

    def validate(self, counts: Counts, docs_folder: Path | None, run_id: str) -> ValidationResult:
        """Check the tables against everything that must be true of them; they stay as they are."""

        def checks() -> tuple[SuiteCheck, ...]:
            from expectations.ledger import ledger_check  # noqa: PLC0415  (the library's import)
            from expectations.records import records_check  # noqa: PLC0415

            return (
                records_check(self.records, self.contract),
                ledger_check(self.ledger, counts, self.contract, run_id),
            )

        return _validated(checks, docs_folder, run_id)


def _validated(checks: Callable[[], tuple[SuiteCheck, ...]], docs_folder: Path | None, run_id: str) -> ValidationResult:
    with _ONE_AT_A_TIME, _quietly():
        from expectations.engine import new_context, run_check  # noqa: PLC0415  (the library's import)

        context = new_context()
        suites = tuple(run_check(context, check, run_id) for check in checks())
        docs = _docs(context, docs_folder, run_id) if docs_folder else None
    return ValidationResult(success=all(suite.success for suite in suites), suites=suites, docs=docs)


def _docs(context: EphemeralDataContext, folder: Path, run_id: str) -> str | None:
    """The index's path beside the report; None, and a warning, where the pages could not be built.

    The pages are a view of the result. That they fail must not cost the run the result itself.
    """
    from expectations.docs import INDEX, build_docs  # noqa: PLC0415  (the library's import)

    try:
        build_docs(context, folder, run_id)
    except Exception as error:  # noqa: BLE001  (rendering may raise anything)
        _LOGGER.warning("The Data Docs could not be built: %s", error)
        return None
    return f"{folder.name}/{INDEX}"


@contextmanager
def _quietly() -> Iterator[None]:
    """Hold back Great Expectations' log below ERROR, and warnings meant for those who maintain it."""
    logger = logging.getLogger("great_expectations")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
