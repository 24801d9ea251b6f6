"""Axes: round numbers to mark, and positions between them."""

from __future__ import annotations

import math
from typing import Final

_TIME_STEPS: Final = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400)
"""Seconds that people count in."""


def marks(greatest: float, count: int = 4) -> list[float]:
    """About `count` round numbers above 0; the last is `greatest` or the next round number above it."""
    if greatest <= 0:
        return []
    rough = greatest / count
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough * (1 - 1e-9))
    return [step * number for number in range(1, math.ceil(greatest / step - 1e-9) + 1)]


def time_marks(seconds: float, count: int = 6) -> list[float]:
    """Round moments from 0 up to `seconds`, at most `count` after the first."""
    if seconds <= 0:
        return [0.0]
    step = next((step for step in _TIME_STEPS if seconds / step <= count), None)
    if step is None:
        step = math.ceil(seconds / count / _TIME_STEPS[-1]) * _TIME_STEPS[-1]
    return [float(step * number) for number in range(int(seconds // step) + 1)]
