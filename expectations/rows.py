"""Gives offending rows their names: a position means nothing to whoever has to mend the row."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import pandas as pd

MISSING = "missing"


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
