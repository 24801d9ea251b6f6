"""Runs suites over frames in memory: no files, no network, no progress bars, nothing left behind."""

# Great Expectations re-exports its names in a way that mypy does not follow.
# mypy: disable-error-code="attr-defined"

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import great_expectations as gx
import pandas as pd
from great_expectations.core.batch_spec import BatchSpec
from great_expectations.core.expectation_validation_result import (
    ExpectationSuiteValidationResult,
    ExpectationValidationResult,
)
from great_expectations.core.run_identifier import RunIdentifier
from great_expectations.data_context.data_context.ephemeral_data_context import EphemeralDataContext
from great_expectations.data_context.types.base import (
    DataContextConfig,
    InMemoryStoreBackendDefaults,
    ProgressBarsConfig,
)
from great_expectations.data_context.types.resource_identifiers import ValidationResultIdentifier
from great_expectations.expectations.metadata_types import FailureSeverity

from expectations.results import broken_suite, expectation_result, name_rows, suite_result
from reclaim.model.validation import MAX_NAMED_ROWS, ExpectationResult, SuiteResult

_RESULT_FORMAT = {
    "result_format": "SUMMARY",
    "partial_unexpected_count": MAX_NAMED_ROWS,
    "return_unexpected_index_query": False,
}
"""Exact counts, and the positions of the first offending rows.

COMPLETE with `unexpected_index_column_names` would name the rows as well, but looks each one up by itself, all of
them: 17 s for one expectation that 100,000 rows break, where this takes under one.
"""


def new_context() -> EphemeralDataContext:
    """A context that keeps everything in memory and, whatever the environment says, sends nothing anywhere."""
    config = DataContextConfig(
        store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
        progress_bars=ProgressBarsConfig(globally=False),
        analytics_enabled=False,
    )
    return gx.get_context(mode="ephemeral", project_config=config)


@dataclass(frozen=True, slots=True)
class SuiteCheck:
    """One suite over one frame.

    Attributes:
        suite: what must be true.
        frame: the rows to check.
        index: the columns that name a row, the best first.
        collection: where in MongoDB the rows come from.
    """

    suite: gx.ExpectationSuite
    frame: pd.DataFrame
    index: tuple[str, ...]
    collection: str


def run_check(context: EphemeralDataContext, check: SuiteCheck, run_id: str) -> SuiteResult:
    """Carry the check out; `context` keeps what the Data Docs show. The answers come in the suite's own order."""
    frame = check.frame.reset_index(drop=True)
    try:
        results = _run(context, check.suite, frame, run_id)
        answers = {_id(r): _answer(r, frame, check.index) for r in results.results}
        ordered = suite_result(check.suite.name, [answers[e.id] for e in check.suite.expectations])
        results.success = ordered.success
        _keep(context, results, check.collection)
    except Exception as error:  # noqa: BLE001  (whatever it is, it must be a failure that is read, not a lost run)
        return broken_suite(check.suite.name, error)
    return ordered


def _run(
    context: EphemeralDataContext, suite: gx.ExpectationSuite, frame: pd.DataFrame, run_id: str
) -> ExpectationSuiteValidationResult:
    source = context.data_sources.add_pandas(f"mongodb_{suite.name}")
    batch = source.add_dataframe_asset(run_id).add_batch_definition_whole_dataframe("all rows")
    suite = context.suites.add(suite)
    definition = gx.ValidationDefinition(name=suite.name, data=batch, suite=suite)
    return context.validation_definitions.add(definition).run(
        batch_parameters={"dataframe": frame},
        result_format=_RESULT_FORMAT,
        run_id=RunIdentifier(run_name=run_id),
    )


def _id(result: ExpectationValidationResult) -> str | None:
    return result.expectation_config.id if result.expectation_config else None


def _answer(result: ExpectationValidationResult, frame: pd.DataFrame, index: tuple[str, ...]) -> ExpectationResult:
    names = name_rows(result.result, frame, index)
    return expectation_result(result.to_json_dict(), names, len(frame))


def _keep(context: EphemeralDataContext, results: ExpectationSuiteValidationResult, collection: str) -> None:
    """Put the result back where the Data Docs take it from, so that they say what the report says."""
    for result in results.results:
        _forget_where(result.exception_info or {})
    results.meta["batch_spec"] = BatchSpec(data_asset_name=collection)
    for config in (r.expectation_config for r in results.results if r.expectation_config):
        if config.severity != FailureSeverity.CRITICAL:
            config.description = f"{config.description} ({config.severity.value})"
    store = context.validation_results_store
    for key in store.list_keys():
        if isinstance(key, ValidationResultIdentifier) and key.expectation_suite_identifier.name == results.suite_name:
            store.set(key, results)


def _forget_where(info: dict[str, Any]) -> None:
    """Drop tracebacks, which tell about this machine and not about the data; the message stays."""
    for each in (info, *info.values()):
        if isinstance(each, dict) and "exception_traceback" in each:
            each["exception_traceback"] = ""
