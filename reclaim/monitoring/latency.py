"""Latencies as CloudWatch takes them: values and how often each occurred, no more than 150 of them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from reclaim.model.percentiles import nearest_rank

MAX_VALUES: Final = 150
"""CloudWatch takes no more values in one datum."""

_STEP: Final = 1.15
_LONGEST_MS: Final = 12 * 60 * 60 * 1000
"""No message is in hand for longer than the longest visibility timeout."""


def distribution(steps: Iterable[Mapping[str, datetime]]) -> dict[float, int]:
    """Milliseconds from received to settled, and how many messages took so long.

    Each is rounded up to the next of 127 values that lie 15 % apart, so that a percentile is never told too low.
    """
    counted: Counter[float] = Counter()
    for times in steps:
        if "received" in times and "settled" in times:
            counted[_rounded_up((times["settled"] - times["received"]).total_seconds() * 1000)] += 1
    return dict(sorted(counted.items()))


def percentile(values: Mapping[float, int], percent: int) -> float | None:
    """The nearest rank of values that are given with how often each occurred; None where there are none."""
    ordered = sorted(Counter(values).elements())
    return nearest_rank(ordered, percent) if ordered else None


def _rounded_up(milliseconds: float) -> float:
    if milliseconds <= 1:
        return 1.0
    # The tolerance keeps a value that is on a step where it is.
    step = math.ceil(math.log(min(milliseconds, _LONGEST_MS), _STEP) - 1e-9)
    return round(_STEP**step, 3)
