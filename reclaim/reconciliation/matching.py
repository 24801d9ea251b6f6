"""The three-way match: every application and every charge into exactly one class, the first that fits.

Whole columns at a time. Amounts are compared, never added up across currencies, and never as floats.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from reclaim.reconciliation import frames
from reclaim.reconciliation.audit_data import AuditData
from reclaim.reconciliation.exact_sums import nets_to_zero
from reclaim.reconciliation.model import ApplicationClass, AuditWindow, ChargeClass

Flags = npt.NDArray[np.bool_]
Positions = npt.NDArray[np.intp]

_NONE: Final = -1
"""The position of what is not there."""


class Matched:
    """The two frames of `reclaim.reconciliation.frames`. A plain class for the reason that `AuditData` is one."""

    __slots__ = ("applications", "charges")

    def __init__(self, applications: pd.DataFrame, charges: pd.DataFrame) -> None:
        self.applications = applications
        self.charges = charges


def match(data: AuditData, window: AuditWindow) -> Matched:
    """Every row of `data` with its class."""
    applications = data.applications.sort_values(["applied_at", "application_id"], ignore_index=True)
    charges = data.charges.sort_values(["application_id", "charged_at", "charge_id"], ignore_index=True)
    of = pd.Index(applications["application_id"]).get_indexer(pd.Index(charges["application_id"]))
    charges = _with_application(charges, applications, of)
    charges["class"] = _charge_classes(charges, of)
    charges["drift_minor"] = _drift(charges)
    applications = _with_client(applications, data.clients)
    applications["charges"] = np.bincount(of[of != _NONE], minlength=len(applications)).astype("int64")
    applications["class"] = _application_classes(applications, charges, of, data.awaiting, window)
    return Matched(applications[list(frames.APPLICATIONS)], charges[list(frames.CHARGES)])


def _with_application(charges: pd.DataFrame, applications: pd.DataFrame, of: Positions) -> pd.DataFrame:
    """`charges` with columns of the application at `of`."""
    return charges.assign(
        application_client_id=_taken(applications["client_id"], of),
        application_amount_minor=_taken(applications["amount_minor"].astype("Int64"), of),
        application_currency=_taken(applications["currency"], of),
        applied_at=_taken(applications["applied_at"], of),
    )


def _with_client(applications: pd.DataFrame, clients: pd.DataFrame) -> pd.DataFrame:
    """`applications` with columns of their clients."""
    of = pd.Index(clients["client_id"]).get_indexer(pd.Index(applications["client_id"]))
    columns = {name: _taken(clients[name], of) for name in clients.columns if name != "client_id"}
    return applications.assign(client_known=of != _NONE, **columns)


def _taken(values: pd.Series[Any], at: Positions) -> Any:  # noqa: ANN401
    """The values at these positions, missing where there is none; a column without missing values keeps no float."""
    return values.array.take(at, allow_fill=True)


def _right_client(charges: pd.DataFrame) -> Flags:
    return _flags(charges["client_id"] == charges["application_client_id"])


def _right_amount(charges: pd.DataFrame) -> Flags:
    return _flags(charges["amount_minor"] == charges["application_amount_minor"])


def _right_currency(charges: pd.DataFrame) -> Flags:
    return _flags(charges["currency"] == charges["application_currency"])


def _charge_classes(charges: pd.DataFrame, of: Positions) -> Any:  # noqa: ANN401
    ours = _right_client(charges)
    positive = ours & _flags(charges["amount_minor"] > 0)
    # The charges are in the order of (charged_at, ID) within each application.
    again = positive.copy()
    again[positive] = _flags(pd.Series(of[positive]).duplicated())
    return _first_that_fits(
        [
            (of == _NONE, ChargeClass.WITHOUT_APPLICATION),
            (~ours, ChargeClass.WRONG_CLIENT),
            (_flags(charges["amount_minor"] < 0), ChargeClass.REFUND),
            (again, ChargeClass.DUPLICATE),
            (~(_right_amount(charges) & _right_currency(charges)), ChargeClass.WRONG_AMOUNT),
        ],
        ChargeClass.MATCHED,
        len(charges),
    )


def _drift(charges: pd.DataFrame) -> pd.Series[Any]:
    off = _flags(charges["class"] == ChargeClass.WRONG_AMOUNT.value) & _right_currency(charges)
    charged, price = charges["amount_minor"], charges["application_amount_minor"]
    # Few rows; as Python's numbers, because the difference of two 64-bit numbers may need a 65th.
    exact = [int(a) - int(b) for a, b in zip(charged[off], price[off], strict=True)]
    fits = all(-(2**63) <= one < 2**63 for one in exact)
    drift = np.zeros(len(charges), dtype="int64" if fits else object)
    drift[off] = exact
    return pd.Series(drift, index=charges.index)


def _application_classes(
    applications: pd.DataFrame, charges: pd.DataFrame, of: Positions, awaiting: frozenset[str], window: AuditWindow
) -> Any:  # noqa: ANN401
    fitting = _right_client(charges) & _right_amount(charges) & _right_currency(charges)
    fits = np.bincount(of[fitting & (of != _NONE)], minlength=len(applications))
    count = applications["charges"].to_numpy()
    known = applications["client_known"].to_numpy()
    age = pd.Timestamp(window.as_of).as_unit("us") - applications["applied_at"]
    return _first_that_fits(
        [
            (_refunded(charges, of, len(applications)), ApplicationClass.REFUNDED),
            ((count == 1) & (fits == 1), ApplicationClass.MATCHED),
            (count > 0, ApplicationClass.MISCHARGED),
            (~known & _flags(applications["client_id"].isin(list(awaiting))), ApplicationClass.AWAITING_QUARANTINE),
            (~known, ApplicationClass.UNATTRIBUTABLE),
            (_flags(age > pd.Timedelta(window.backdating)), ApplicationClass.LATE),
            (_flags(applications["recovered_by"].notna()), ApplicationClass.UNBILLED_RECOVERED),
        ],
        ApplicationClass.UNBILLED,
        len(applications),
    )


def _refunded(charges: pd.DataFrame, of: Positions, applications: int) -> Flags:
    """Which applications have a negative charge, and charges that net to zero in each currency they are in."""
    ours = of != _NONE
    of, charges = of[ours], charges[ours]
    back = np.zeros(applications, dtype=bool)
    back[of[_flags(charges["amount_minor"] < 0)]] = True
    # Only where something was refunded need the charges be added up.
    concerned = back[of]
    of, charges = of[concerned], charges[concerned]
    back[of[~nets_to_zero(charges["amount_minor"], [of, charges["currency"]])]] = False
    return back


def _flags(values: pd.Series[Any]) -> Flags:
    """A column of truth values as an array; what is missing is not true."""
    return values.fillna(value=False).to_numpy(dtype=bool)


def _first_that_fits(cases: Sequence[tuple[Flags, Any]], otherwise: Any, rows: int) -> Any:  # noqa: ANN401
    classes = np.full(rows, otherwise.value, dtype=object)
    for flags, name in reversed(cases):
        classes[flags] = name.value
    return pd.array(classes, dtype="str")
