"""Expectations that Great Expectations lacks, in the domain's terms.

Each pairs a metric (which rows are as they should be) with the expectation that asks for it. None carries a
secret: whatever is compared is a column of the frame.
"""

# Great Expectations re-exports its names in a way that mypy does not follow, and leaves
# its decorators untyped.
# mypy: disable-error-code="attr-defined, untyped-decorator"

from __future__ import annotations

from typing import Any, ClassVar, Literal

import pandas as pd
from great_expectations.execution_engine import PandasExecutionEngine
from great_expectations.expectations import ExpectColumnPairValuesToBeEqual
from great_expectations.expectations.expectation import ColumnMapExpectation
from great_expectations.expectations.metrics.map_metric_provider import (
    ColumnMapMetricProvider,
    ColumnPairMapMetricProvider,
    column_condition_partial,
    column_pair_condition_partial,
)

from reclaim.text.money import MAX_MINOR, is_currency


class _BothPresentAndEqual(ColumnPairMapMetricProvider):
    condition_metric_name = "column_pair_values.both_present_and_equal"
    condition_domain_keys = (
        "batch_id",
        "table",
        "column_A",
        "column_B",
        "row_condition",
        "condition_parser",
        "ignore_row_if",
    )

    @column_pair_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column_A: pd.Series, column_B: pd.Series, **_: Any) -> pd.Series:  # noqa: ANN401, N803, N805
        return (column_A.notna() & column_B.notna() & (column_A == column_B)).astype(bool)


class ExpectPresentAndEqual(ExpectColumnPairValuesToBeEqual):
    """Both columns hold a value, and the same one.

    The core's own comparison of two columns leaves it to the data types whether two missing values are equal.
    Here they never are: what is missing proves nothing.
    """

    ignore_row_if: Literal["neither"] = "neither"
    map_metric: ClassVar[str] = "column_pair_values.both_present_and_equal"


class ExpectIdentityToEqualItsDerivation(ExpectPresentAndEqual):
    """A regenerated identity is the one that its record's key and the tracking key give.

    It compares two columns and never sees the key, see `expectations.frames.records_frame`.
    """


class _MinorUnits(ColumnMapMetricProvider):
    condition_metric_name = "column_values.minor_units"

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column: pd.Series, **_: Any) -> pd.Series:  # noqa: ANN401, N805
        if pd.api.types.is_integer_dtype(column.dtype):
            return (column >= 0).astype(bool)
        return column.map(lambda value: type(value) is int and 0 <= value <= MAX_MINOR).astype(bool)


class ExpectMinorUnits(ColumnMapExpectation):
    """An amount is an integer from 0 up, in minor units; a float never is one, whatever its value."""

    map_metric: ClassVar[str] = "column_values.minor_units"


class _SignedMinorUnits(ColumnMapMetricProvider):
    condition_metric_name = "column_values.signed_minor_units"

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column: pd.Series, **_: Any) -> pd.Series:  # noqa: ANN401, N805
        if pd.api.types.is_integer_dtype(column.dtype):
            return column.notna().astype(bool)
        return column.map(lambda value: type(value) is int and -MAX_MINOR <= value <= MAX_MINOR).astype(bool)


class ExpectSignedMinorUnits(ColumnMapExpectation):
    """An amount is an integer of either sign, in minor units; a float never is one, whatever its value."""

    map_metric: ClassVar[str] = "column_values.signed_minor_units"


class _IsoCurrency(ColumnMapMetricProvider):
    condition_metric_name = "column_values.iso_currency"

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column: pd.Series, **_: Any) -> pd.Series:  # noqa: ANN401, N805
        return column.map(is_currency).astype(bool)


class ExpectIsoCurrency(ColumnMapExpectation):
    """A currency is an ISO 4217 code in capitals, as `reclaim.text.money` knows them."""

    map_metric: ClassVar[str] = "column_values.iso_currency"
