"""Sums of columns of amounts, exact: amounts are 64-bit whole numbers, and a sum of them may need more.

Every amount is split into ``high * 2**32 + low``. Sums of either half fit 64 bits for up to two thousand million rows,
and Python's own whole numbers put the halves together.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from reclaim.reconciliation.model import Line

_BITS: Final = 32
_LOW: Final = 2**_BITS - 1


def lines_by(frame: pd.DataFrame, by: list[str]) -> dict[tuple[str, ...], Line]:
    """A line of `amount_minor` for each combination of the columns `by` that occurs."""
    high, low = _halves(frame["amount_minor"])
    halves = frame[by].assign(high=high, low=low)
    sums = halves.groupby(by, sort=False).agg(rows=("high", "size"), high=("high", "sum"), low=("low", "sum"))
    figures = zip(sums.index, sums["rows"].tolist(), sums["high"].tolist(), sums["low"].tolist(), strict=True)
    return {
        key if isinstance(key, tuple) else (key,): Line(count=rows, amount_minor=(high << _BITS) + low)
        for key, rows, high, low in figures
    }


def nets_to_zero(amounts: pd.Series[Any], by: Sequence[Any]) -> npt.NDArray[np.bool_]:
    """For each row whether the amounts of its group add up to nothing."""
    high, low = _halves(amounts)
    keys = [np.asarray(one) for one in by]
    sums = pd.DataFrame({"high": high, "low": low}).groupby(keys, sort=False).transform("sum")
    rest: npt.NDArray[np.bool_] = ((sums["low"] & _LOW == 0) & (sums["high"] == -(sums["low"] // 2**_BITS))).to_numpy()
    return rest


def _halves(amounts: pd.Series[Any]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    values = amounts.to_numpy(dtype="int64")
    return values >> _BITS, values & _LOW
