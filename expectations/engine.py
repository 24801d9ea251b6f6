"""Runs suites over frames in memory: no files, no network, no progress bars, nothing left behind."""

from __future__ import annotations

from typing import Any

import great_expectations as gx
import pandas as pd
from great_expectations.core.run_identifier import RunIdentifier
from great_expectations.data_context.data_context.ephemeral_data_context import EphemeralDataContext
from great_expectations.data_context.types.base import (
    DataContextConfig,
    InMemoryStoreBackendDefaults,
    ProgressBarsConfig,
)

from expectations.results import broken_suite, expectation_result, suite_result
from reclaim.validation import SuiteResult


def new_context() -> EphemeralDataContext:
    """A context that keeps everything in memory and, whatever the environment says, tells nobody."""
    config = DataContextConfig(
        store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
        progress_bars=ProgressBarsConfig(globally=False),
        analytics_enabled=False,
    )
    return gx.get_context(mode="ephemeral", project_config=config)


def run_suite(
    context: EphemeralDataContext,
    suite: gx.ExpectationSuite,
    frame: pd.DataFrame,
    index: tuple[str, ...],
    run_id: str,
) -> SuiteResult:
    """Check `frame` against `suite`; the answers come in the suite's own order.

    Args:
        context: a fresh one, or one that has not seen this suite yet.
        suite: what must be true.
        frame: the rows to check.
        index: the columns that name a row, the best first.
        run_id: names the result in the Data Docs.
    """
    try:
        answers = _answers(context, suite, frame, index, run_id)
    except Exception as error:  # noqa: BLE001  (whatever it is, it must be a failure that is read, not a lost run)
        return broken_suite(suite.name, error)
    return suite_result(suite.name, [expectation_result(a, index, len(frame)) for a in answers])


def _answers(
    context: EphemeralDataContext,
    suite: gx.ExpectationSuite,
    frame: pd.DataFrame,
    index: tuple[str, ...],
    run_id: str,
) -> list[dict[str, Any]]:
    source = context.data_sources.add_pandas(f"mongodb_{suite.name}")
    batch = source.add_dataframe_asset(run_id).add_batch_definition_whole_dataframe("all rows")
    suite = context.suites.add(suite)
    definition = context.validation_definitions.add(gx.ValidationDefinition(name=suite.name, data=batch, suite=suite))
    results = definition.run(
        batch_parameters={"dataframe": frame},
        result_format={
            "result_format": "COMPLETE",
            "unexpected_index_column_names": list(index),
            "return_unexpected_index_query": False,
        },
        run_id=RunIdentifier(run_name=run_id),
    )
    order = {expectation.id: position for position, expectation in enumerate(suite.expectations)}
    answers = [result.to_json_dict() for result in results.results]
    return sorted(answers, key=lambda answer: order[answer["expectation_config"]["id"]])
