"""Reads what Great Expectations answers into the core's plain values, and names the rows that broke an expectation.

Free of that library: the input is one of its results as a dictionary, so that this can be tested in no time.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, Final

import pandas as pd

from reclaim.model.validation import MAX_NAMED_ROWS, ExpectationResult, SuiteResult

MISSING: Final = "missing"

_MAX_MESSAGE: Final = 300
"""How much of an exception's message a result carries; the rest is in the log."""


def suite_result(suite: str, expectations: Sequence[ExpectationResult]) -> SuiteResult:
    """The suite holds when no *critical* expectation of it is broken."""
    return SuiteResult(
        suite=suite,
        success=all(e.success or e.severity != "critical" for e in expectations),
        expectations=tuple(expectations),
    )


def broken_suite(suite: str, error: Exception) -> SuiteResult:
    """The suite could not be run at all: one critical failure that says so."""
    sentence = f"The suite {suite} can be checked. (It could not: {_short(f'{type(error).__name__}: {error}')})"
    failure = ExpectationResult(expectation=sentence, column="", severity="critical", success=False, checked=0)
    return suite_result(suite, [failure])


def expectation_result(answer: Mapping[str, Any], names: tuple[str, ...], rows: int) -> ExpectationResult:
    """One of Great Expectations' results in the core's words.

    Args:
        answer: `ExpectationValidationResult.to_json_dict()`.
        names: of the offending rows, see `name_rows`.
        rows: how many rows the frame has.
    """
    config, result = answer["expectation_config"], answer["result"]
    error = _error(answer.get("exception_info") or {})
    sentence = str(config.get("description") or config["type"])
    if error is not None:
        sentence += f" (It could not be checked: {error})"
    elif "observed_value" in result and not answer["success"]:
        sentence += f" (It holds {result['observed_value']:,}.)"
    return ExpectationResult(
        expectation=sentence,
        column=_column(config["kwargs"]),
        severity=str(config.get("severity") or "critical"),
        success=bool(answer["success"]) and error is None,
        checked=0 if error is not None else int(result.get("element_count", rows)),
        unexpected=_unexpected(config["kwargs"], result),
        unexpected_ids=names[:MAX_NAMED_ROWS],
    )


def _error(info: Mapping[str, Any]) -> str | None:
    """The first exception's message; Great Expectations nests them by metric when a metric raised."""
    nested = [value for value in info.values() if isinstance(value, Mapping)]
    for each in (info, *nested):
        if each.get("raised_exception"):
            return _short(str(each.get("exception_message") or "no message"))
    return None


def _short(message: str) -> str:
    line = " ".join(message.split())
    return line if len(line) <= _MAX_MESSAGE else line[: _MAX_MESSAGE - 1] + "…"


def _column(kwargs: Mapping[str, Any]) -> str:
    """The column it is about; for a count of rows, the one that chooses the rows."""
    condition = kwargs.get("row_condition")
    chosen_by = condition["column"]["name"] if isinstance(condition, Mapping) and "column" in condition else ""
    return str(kwargs.get("column") or kwargs.get("column_A") or chosen_by)


def _unexpected(kwargs: Mapping[str, Any], result: Mapping[str, Any]) -> int:
    """The rows that broke it; for a count of rows, by how many it is off."""
    if "observed_value" in result:
        return abs(int(result["observed_value"]) - int(kwargs["value"]))
    return int(result.get("unexpected_count") or 0)


def name_rows(result: dict[str, Any], frame: pd.DataFrame, index: Sequence[str]) -> tuple[str, ...]:
    """The names of the rows whose positions a result holds; the result then shows each value beside its row's name.

    Args:
        result: the `result` of one expectation, format SUMMARY; changed in place.
        frame: what was checked, its index the positions.
        index: the columns that name a row, the best first; the next is taken where one is missing.
    """
    positions = result.pop("partial_unexpected_index_list", None) or []
    rows = frame.loc[list(positions), list(index)].to_dict("records")
    names = tuple(_name(row, position, index) for row, position in zip(rows, positions, strict=True))
    values = result.get("partial_unexpected_list") or []
    result.pop("partial_unexpected_counts", None)
    if names:
        result["partial_unexpected_list"] = [
            _beside(name, _shown(value)) for name, value in zip(names, values, strict=True)
        ]
    return names


def _beside(name: str, shown: str) -> str:
    return name if name == shown else f"{name}: {shown}"


def _name(row: Mapping[Hashable, Any], position: int, index: Sequence[str]) -> str:
    for rank, column in enumerate(index):
        if not pd.isna(row[column]):
            return str(row[column]) if rank == 0 else f"{column} {row[column]}"
    return f"row {position + 1}, without any ID"


def _shown(value: Any) -> str:  # noqa: ANN401  (a cell holds any value)
    if isinstance(value, tuple | list):
        return " / ".join(_shown(each) for each in value)
    return MISSING if pd.isna(value) else str(value)
