"""Adds classes up, exactly: amounts are 64-bit whole numbers, and a sum of them may need more.

Every amount is split into ``high * 2**32 + low``. Sums of either half fit 64 bits for up to two thousand million rows,
and Python's own whole numbers put the halves together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any, Final, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from reclaim.reconciliation.model import (
    ApplicationClass,
    ChargeClass,
    Drift,
    Leakage,
    Line,
    Summary,
)

Class = TypeVar("Class", bound=StrEnum)

_BITS: Final = 32
_LOW: Final = 2**_BITS - 1


def lines(frame: pd.DataFrame, classes: type[Class]) -> dict[str, dict[Class, Line]]:
    """{currency: {class: line}} of a frame with the columns `currency`, `class` and `amount_minor`.

    Currencies in alphabetical order, classes in their own; only what occurs.
    """
    found = _grouped(frame, ["currency", "class"])
    return {
        currency: {one: found[currency, one.value] for one in classes if (currency, one.value) in found}
        for currency in sorted({currency for currency, _ in found})
    }


def nets_to_zero(amounts: pd.Series[Any], by: Sequence[Any]) -> npt.NDArray[np.bool_]:
    """For each row whether the amounts of its group add up to nothing."""
    high, low = _halves(amounts)
    keys = [np.asarray(one) for one in by]
    sums = pd.DataFrame({"high": high, "low": low}).groupby(keys, sort=False).transform("sum")
    rest: npt.NDArray[np.bool_] = ((sums["low"] & _LOW == 0) & (sums["high"] == -(sums["low"] // 2**_BITS))).to_numpy()
    return rest


def drifts(charges: pd.DataFrame) -> dict[str, Drift]:
    """By currency, of a frame with the columns `currency` and `drift_minor`; only currencies that have any."""
    off = charges[charges["drift_minor"] != 0]
    found: dict[str, Drift] = {}
    for currency, drift in sorted(zip(off["currency"], off["drift_minor"], strict=True)):
        held = found.get(currency, Drift())
        found[currency] = Drift(
            over_minor=held.over_minor + max(0, int(drift)), under_minor=held.under_minor + max(0, -int(drift))
        )
    return found


def total(held: Iterable[Line]) -> Line:
    """All of one currency together."""
    return sum(held, Line())


def summaries(
    applications: Mapping[str, Mapping[ApplicationClass, Line]],
    charges: Mapping[str, Mapping[ChargeClass, Line]],
    drift: Mapping[str, Drift],
    wrong_currency: Mapping[str, Line],
) -> dict[str, Summary]:
    """What is to be done, for every currency that occurs in either."""
    return {
        currency: _summary(
            applications.get(currency, {}),
            _leakage(charges.get(currency, {}), drift.get(currency, Drift()), wrong_currency.get(currency, Line())),
        )
        for currency in sorted(applications.keys() | charges.keys())
    }


def wrong_currencies(charges: pd.DataFrame) -> dict[str, Line]:
    """By currency, the charges of a wrong amount whose currency is not even their application's."""
    off = charges[
        (charges["class"] == ChargeClass.WRONG_AMOUNT.value) & (charges["currency"] != charges["application_currency"])
    ]
    return {currency: line for (currency,), line in _grouped(off, ["currency"]).items()}


def _halves(amounts: pd.Series[Any]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    values = amounts.to_numpy(dtype="int64")
    return values >> _BITS, values & _LOW


def _grouped(frame: pd.DataFrame, by: list[str]) -> dict[tuple[str, ...], Line]:
    """A line for each combination of the columns `by` that occurs."""
    high, low = _halves(frame["amount_minor"])
    halves = frame[by].assign(high=high, low=low)
    sums = halves.groupby(by, sort=False).agg(rows=("high", "size"), high=("high", "sum"), low=("low", "sum"))
    figures = zip(sums.index, sums["rows"].tolist(), sums["high"].tolist(), sums["low"].tolist(), strict=True)
    return {
        key if isinstance(key, tuple) else (key,): Line(count=rows, amount_minor=(high << _BITS) + low)
        for key, rows, high, low in figures
    }


def _summary(classes: Mapping[ApplicationClass, Line], leakage: Leakage) -> Summary:
    def of(*wanted: ApplicationClass) -> Line:
        return total(classes.get(one, Line()) for one in wanted)

    return Summary(
        billable_now=of(ApplicationClass.UNBILLED_RECOVERED, ApplicationClass.UNBILLED),
        at_risk=of(ApplicationClass.AWAITING_QUARANTINE, ApplicationClass.UNATTRIBUTABLE),
        by_hand=of(ApplicationClass.LATE),
        mischarged=of(ApplicationClass.MISCHARGED),
        leakage=leakage,
    )


def _leakage(classes: Mapping[ChargeClass, Line], drift: Drift, wrong_currency: Line) -> Leakage:
    return Leakage(
        drift=drift,
        wrong_amount=classes.get(ChargeClass.WRONG_AMOUNT, Line()),
        wrong_currency=wrong_currency,
        duplicates=classes.get(ChargeClass.DUPLICATE, Line()),
        wrong_client=classes.get(ChargeClass.WRONG_CLIENT, Line()),
        without_application=classes.get(ChargeClass.WITHOUT_APPLICATION, Line()),
    )
