"""Percentiles by the nearest rank: always a value that really occurred."""

from __future__ import annotations

from collections.abc import Sequence


def nearest_rank(ordered: Sequence[float], percent: int) -> float:
    """The smallest value that `percent` (1 to 100) of all do not exceed.

    Args:
        ordered: the values in ascending order.
        percent: a whole number, so that the rank is computed exactly.

    Raises:
        ValueError: there are no values.
    """
    if not ordered:
        raise ValueError("a percentile needs at least one value")
    return ordered[-(-percent * len(ordered) // 100) - 1]
