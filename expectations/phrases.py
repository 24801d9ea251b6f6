"""The sentences that the suites are made of: an expectation each, with what every suite says the same way left out.

Each takes, besides its columns and its description, whatever Great Expectations takes: `severity` (critical unless
told), `row_condition`.
"""

# Great Expectations re-exports its names in a way that mypy does not follow.
# mypy: disable-error-code="attr-defined"

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any, Final

import great_expectations.expectations as gxe
from great_expectations.expectations.expectation import Expectation
from great_expectations.expectations.metadata_types import FailureSeverity

from expectations.rules import ExpectIsoCurrency, ExpectPresentAndEqual

CRITICAL: Final = FailureSeverity.CRITICAL
"""The run fails."""
WARNING: Final = FailureSeverity.WARNING
"""A person should check it; the run is sound all the same."""
INFO: Final = FailureSeverity.INFO
"""Worth knowing."""


def present(column: str, description: str, **how: Any) -> Expectation:  # noqa: ANN401
    """Every row has a value."""
    return gxe.ExpectColumnValuesToNotBeNull(column=column, description=description, **how)


def absent(column: str, description: str, **how: Any) -> Expectation:  # noqa: ANN401
    """No row has a value."""
    return gxe.ExpectColumnValuesToBeNull(column=column, description=description, **how)


def unique(column: str, description: str, **how: Any) -> Expectation:  # noqa: ANN401
    """No two rows have the same value."""
    return gxe.ExpectColumnValuesToBeUnique(column=column, description=description, **how)


def always(column: str, value: object, description: str, **how: Any) -> Expectation:  # noqa: ANN401
    """Every value there is, is this one."""
    return gxe.ExpectColumnValuesToBeInSet(column=column, value_set=[value], description=description, **how)


def never(column: str, value: object, description: str, **how: Any) -> Expectation:  # noqa: ANN401
    """No value is this one."""
    return gxe.ExpectColumnValuesToNotBeInSet(column=column, value_set=[value], description=description, **how)


def known(column: str, members: Iterable[StrEnum], description: str) -> Expectation:
    """Every value there is, is one of an enumeration."""
    values = [member.value for member in members]
    return gxe.ExpectColumnValuesToBeInSet(column=column, value_set=values, description=description)


def between(column: str, description: str, **bounds: Any) -> Expectation:  # noqa: ANN401
    """Every value there is lies between `min_value` and `max_value`, each included unless told."""
    return gxe.ExpectColumnValuesToBeBetween(column=column, description=description, **bounds)


def formed(column: str, pattern: str, description: str, **how: Any) -> Expectation:  # noqa: ANN401
    r"""Every value there is fits the whole pattern: its ``$`` also fits before a last line feed, ``\Z`` does not."""
    whole = pattern.removesuffix("$") + r"\Z"
    return gxe.ExpectColumnValuesToMatchRegex(column=column, regex=whole, description=description, **how)


def equal(column: str, other: str, description: str, **how: Any) -> Expectation:  # noqa: ANN401
    """Where both columns have a value, it is the same one."""
    return gxe.ExpectColumnPairValuesToBeEqual(
        column_A=column, column_B=other, ignore_row_if="either_value_is_missing", description=description, **how
    )


def present_and_equal(column: str, other: str, description: str, **how: Any) -> Expectation:  # noqa: ANN401
    """Both columns have a value, and the same one."""
    return ExpectPresentAndEqual(column_A=column, column_B=other, description=description, **how)


def not_before(later: str, earlier: str, description: str, **how: Any) -> Expectation:  # noqa: ANN401
    """Where both columns have a time, the one is not before the other."""
    return gxe.ExpectColumnPairValuesAToBeGreaterThanB(
        column_A=later,
        column_B=earlier,
        or_equal=True,
        ignore_row_if="either_value_is_missing",
        description=description,
        **how,
    )


def currencies(description: str) -> list[Expectation]:
    """Every row's `currency` is one; `description` says of what."""
    return [
        present("currency", description),
        ExpectIsoCurrency(column="currency", description="Every currency is an ISO 4217 code."),
    ]
