"""Turns documents into tables with checked columns, so that what comes after need not doubt them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import repeat
from typing import Any, Final

import pandas as pd

from reclaim.contracts.amounts import AmountUnit
from reclaim.contracts.contract import Contract, Revenue, RevenueCollection, value_at
from reclaim.model.batched import batched
from reclaim.model.errors import ReclaimError

Document = Mapping[str, Any]

_CHUNK: Final = 20_000
"""Documents held at once while a table is made; they take several times the memory of its rows."""


@dataclass(frozen=True, slots=True)
class TableColumn:
    """One column of a table.

    Attributes:
        path: where the value lies in the document; dots lead into it.
        holds: what the value must be.
        dtype: the column's, in pandas.
        optional: whether anything else counts as missing; otherwise it is refused.
        absent: what stands for null and for nothing, where that is no reason to refuse the document.
        currency_path: of an amount in major units, where its currency lies; it becomes whole minor units.
    """

    path: str
    holds: type
    dtype: str
    optional: bool = False
    absent: str | None = None
    currency_path: str = ""

    def read(self, value: Any, currency: Any = None) -> Any:  # noqa: ANN401
        """`value`, if it is what the column holds; None where it counts as missing.

        Raises:
            ValueError: it is neither.
        """
        try:
            return AmountUnit.DECIMAL.read(value, currency) if self.currency_path else self._checked(value)
        except ValueError as error:
            if self.optional:
                return None
            raise ValueError(f"{self.path} {error}") from error

    def _checked(self, value: Any) -> Any:  # noqa: ANN401
        if isinstance(value, self.holds) and not isinstance(value, bool):
            return None if self.optional and value == "" else value
        if value is None and self.absent is not None:
            return self.absent
        raise ValueError("is missing" if value is None else f"is a {type(value).__name__}")


def _text(path: str, *, optional: bool = False) -> TableColumn:
    return TableColumn(path, str, "str", optional=optional)


def _id(path: str) -> TableColumn:
    """An ID; one that is null or absent is the empty text, which is nobody's."""
    return TableColumn(path, str, "str", absent="")


def _time(path: str, *, optional: bool = False) -> TableColumn:
    return TableColumn(path, datetime, "datetime64[us, UTC]", optional=optional)


def _amount(path: str, currency_path: str, unit: AmountUnit, *, optional: bool = False) -> TableColumn:
    dtype = "Int64" if optional else "int64"
    in_major = currency_path if unit is AmountUnit.DECIMAL else ""
    return TableColumn(path, int, dtype, optional=optional, currency_path=in_major)


TableColumns = Mapping[str, TableColumn]


def application_columns(revenue: Revenue) -> TableColumns:
    """What an audit reads of an application."""
    source = revenue.applications
    return {
        "application_id": _id("_id"),
        "client_id": _id(source.record_key),
        "tracking_id": _text(source.reference, optional=True),
        "job_id": _text("job_id", optional=True),
        "applied_at": _time(source.at),
        **_money(source, revenue.unit),
    }


def charge_columns(revenue: Revenue) -> TableColumns:
    """What an audit reads of a charge."""
    source = revenue.charges
    return {
        "charge_id": _id("_id"),
        "application_id": _id(source.reference),
        "client_id": _id(source.record_key),
        **_money(source, revenue.unit),
        "charged_at": _time(source.at),
    }


def client_columns(contract: Contract) -> TableColumns:
    """What an audit reads of a client, which is a record of the contract; all but its key may be missing."""
    paths = {field.event_path: field.path for field in contract.document_fields}
    money = contract.money
    # A path that no document has leaves the column empty: the contract names no rate, or does not keep it.
    rate = paths.get(money.amount, "") if money else ""
    currency = paths.get(money.currency, "") if money else ""
    unit = money.unit if money else AmountUnit.MINOR
    return {
        "client_id": _id("_id"),
        "client_name": _text(contract.require_revenue().record_name, optional=True),
        "client_rate_minor": _amount(rate, currency, unit, optional=True),
        "client_currency": _text(currency, optional=True),
        "client_created_at": _time("created_at", optional=True),
        "client_tracking_id": _text(contract.identity_field, optional=True),
        "recovered_by": _text("recovery.run_id", optional=True),
    }


def _money(source: RevenueCollection, unit: AmountUnit) -> dict[str, TableColumn]:
    return {"amount_minor": _amount(source.amount, source.currency, unit), "currency": _text(source.currency)}


class Unauditable(ReclaimError):
    """A document whose money, time or IDs cannot be read, so that no class would be the right one."""


def table_of(documents: Iterable[Document], columns: TableColumns, collection: str) -> pd.DataFrame:
    """A row per document of `collection`, in their order; the documents are read once and not held.

    Raises:
        Unauditable: a value is missing or of another type; the sentence says which, and of which document.
    """
    parts = [_part(chunk, columns, collection) for chunk in batched(documents, _CHUNK)]
    return pd.concat(parts, ignore_index=True) if parts else _part([], columns, collection)


def _part(documents: list[Document], columns: TableColumns, collection: str) -> pd.DataFrame:
    return pd.DataFrame({name: _series(documents, column, collection) for name, column in columns.items()})


def _series(documents: list[Document], column: TableColumn, collection: str) -> pd.Series[Any]:
    values = list(_values(documents, column.path))
    # Nearly always every value is just what it should be, and need not be looked at one by one.
    if column.optional or column.currency_path or set(map(type, values)) - {column.holds}:
        currencies = _values(documents, column.currency_path) if column.currency_path else repeat(None)
        values = [
            _read(column, value, currency, document, collection)
            for value, currency, document in zip(values, currencies, documents, strict=False)
        ]
    return pd.Series(values, dtype=column.dtype)


def _read(column: TableColumn, value: Any, currency: Any, document: Document, collection: str) -> Any:  # noqa: ANN401
    try:
        return column.read(value, currency)
    except ValueError as error:
        raise Unauditable(
            f"{collection} {document.get('_id')!r} cannot be audited: its {error}.",
            "Correct the document; with the validators that `reclaim provision` installs, MongoDB refuses such ones.",
        ) from error


def _values(documents: list[Document], path: str) -> Iterator[Any]:
    if "." in path:
        return (value_at(document, path) for document in documents)
    return (document.get(path) for document in documents)
