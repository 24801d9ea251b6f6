"""The tables of an audit as they are validated: its rows, and its sums added up a second time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import numpy as np
import pandas as pd

from reclaim.reconciliation.model import ApplicationClass, ChargeClass, Line, Reconciliation, Summary

CountAndAmount = tuple[int, int | None]
"""How many, and how much in minor units; None where a row holds no whole number, so that nothing adds up."""

RowTotals = Mapping[tuple[str, str], CountAndAmount]
"""By currency and class; nothing where there are no rows."""

Pair = tuple[str, str, int, int | None]
"""The name of a figure, what kind it is, what is said of it, what was found."""

_NOTHING: Final[CountAndAmount] = (0, 0)


def blanks_missing(frame: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """The frame with blank text of these columns missing: an ID of blanks is as good as none."""
    there = [column for column in columns if column in frame]
    return frame.assign(**{column: frame[column].where(frame[column].str.strip() != "", np.nan) for column in there})


def sums_frame(reconciliation: Reconciliation, applications: pd.DataFrame, charges: pd.DataFrame) -> pd.DataFrame:
    """One row per figure of the result, beside what the rows, or MongoDB's own count, come to.

    The rows are added up here by themselves, in another way than the audit does it.

    Returns:
        str columns: figure (its name), kind (``class``, ``total``, ``summary`` or ``drift``).
        object columns, whole numbers of any size: said, found (None where nothing was counted, or nothing adds up).
    """
    of_applications, of_charges = _row_totals(applications), _row_totals(charges)
    pairs = [
        *_class_pairs("applications", reconciliation.applications, of_applications),
        *_class_pairs("charges", reconciliation.charges, of_charges),
        *_total_pairs(reconciliation),
        *_summary_pairs(reconciliation, of_applications, of_charges),
        *_drift_pairs(reconciliation, charges),
    ]
    frame = pd.DataFrame(pairs, columns=["figure", "kind", "said", "found"], dtype="object")
    return frame.astype({"figure": "str", "kind": "str"})


def _row_totals(frame: pd.DataFrame) -> RowTotals:
    """Added up as Python's whole numbers, which do not overflow."""
    amounts: dict[tuple[str, str], list[Any]] = defaultdict(list)
    columns = (frame[name].tolist() for name in ("currency", "class", "amount_minor"))
    for currency, name, amount in zip(*columns, strict=True):
        amounts[currency, name].append(amount)
    return {
        key: (len(rows), sum(rows) if all(type(row) is int for row in rows) else None) for key, rows in amounts.items()
    }


def _class_pairs(of: str, classes: Mapping[str, Mapping[Any, Line]], found: RowTotals) -> Iterator[Pair]:
    said = {(currency, str(name)): line for currency, lines in classes.items() for name, line in lines.items()}
    for key in sorted(said.keys() | found.keys(), key=str):
        title = f"{of} {key[0]} {key[1]}"
        yield from _both("class", title, said.get(key, Line()), found.get(key, _NOTHING))


def _total_pairs(reconciliation: Reconciliation) -> Iterator[Pair]:
    counted = {(check.of, check.currency): _figures(check.total) for check in reconciliation.checks}
    said = {("applications", currency): _total(lines) for currency, lines in reconciliation.applications.items()}
    said |= {("charges", currency): _total(lines) for currency, lines in reconciliation.charges.items()}
    for key in sorted(said.keys() | counted.keys()):
        yield from _both("total", " ".join(key), said.get(key, Line()), counted.get(key))


def _summary_pairs(reconciliation: Reconciliation, applications: RowTotals, charges: RowTotals) -> Iterator[Pair]:
    named = {str(currency) for currency, _ in (*applications, *charges)}
    for currency in sorted(named | reconciliation.summary.keys()):
        for name, line, classes in _parts(reconciliation.summary.get(currency, Summary())):
            source = charges if isinstance(classes[0], ChargeClass) else applications
            found = [source.get((currency, one.value), _NOTHING) for one in classes]
            amounts = [amount for _, amount in found if amount is not None]
            all_add_up = len(amounts) == len(found)
            counted = sum(count for count, _ in found), sum(amounts) if all_add_up else None
            yield from _both("summary", f"{currency} {name}", line, counted)


def _parts(summary: Summary) -> Iterable[tuple[str, Line, tuple[ApplicationClass | ChargeClass, ...]]]:
    leakage = summary.leakage
    return (
        ("billable now", summary.billable_now, (ApplicationClass.UNBILLED_RECOVERED, ApplicationClass.UNBILLED)),
        ("at risk", summary.at_risk, (ApplicationClass.AWAITING_QUARANTINE, ApplicationClass.UNATTRIBUTABLE)),
        ("manual adjustments", summary.by_hand, (ApplicationClass.LATE,)),
        ("mischarged", summary.mischarged, (ApplicationClass.MISCHARGED,)),
        ("wrong amounts", leakage.wrong_amount, (ChargeClass.WRONG_AMOUNT,)),
        ("duplicates", leakage.duplicates, (ChargeClass.DUPLICATE,)),
        ("wrong clients", leakage.wrong_client, (ChargeClass.WRONG_CLIENT,)),
        ("without application", leakage.without_application, (ChargeClass.WITHOUT_APPLICATION,)),
    )


def _drift_pairs(reconciliation: Reconciliation, charges: pd.DataFrame) -> Iterator[Pair]:
    """From the amounts themselves, not from the column that the match made of them."""
    wrong = charges[charges["class"] == ChargeClass.WRONG_AMOUNT.value]
    off = wrong[wrong["currency"] == wrong["application_currency"]]
    drifts: dict[str, list[int]] = defaultdict(list)
    columns = (off[name].tolist() for name in ("currency", "amount_minor", "application_amount_minor"))
    for currency, charged, price in zip(*columns, strict=True):
        if type(charged) is int and type(price) is int:
            drifts[currency].append(charged - price)
    for currency in sorted(drifts.keys() | reconciliation.drift.keys()):
        said = reconciliation.drift.get(currency)
        over, under = (sum(max(0, sign * drift) for drift in drifts[currency]) for sign in (1, -1))
        yield f"{currency} too much, minor units", "drift", said.over_minor if said else 0, over
        yield f"{currency} too little, minor units", "drift", said.under_minor if said else 0, under


def _both(kind: str, title: str, said: Line, found: CountAndAmount | None) -> Iterator[Pair]:
    count, amount_minor = found or (None, None)
    yield f"{title}, count", kind, said.count, count
    yield f"{title}, minor units", kind, said.amount_minor, amount_minor


def _total(lines: Mapping[Any, Line]) -> Line:
    return sum(lines.values(), Line())


def _figures(line: Line) -> CountAndAmount:
    return line.count, line.amount_minor
