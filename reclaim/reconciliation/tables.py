"""Turns documents into tables with checked columns, so that what comes after need not doubt them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import pandas as pd

from reclaim.model.batched import batched
from reclaim.model.errors import ReclaimError

Document = Mapping[str, Any]

_CHUNK: Final = 20_000
"""Documents held at once while a table is made; they take several times the memory of its rows."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    Attributes:
        path: where the value lies in the document; dots lead into it.
        holds: what the value must be.
        dtype: the column's, in pandas.
        optional: whether anything else counts as missing; otherwise it is refused.
        absent: what stands for null and for nothing, where that is no reason to refuse the document.
    """

    path: str
    holds: type
    dtype: str
    optional: bool = False
    absent: str | None = None

    def read(self, value: Any) -> Any:  # noqa: ANN401
        """`value`, if it is what the column holds; None where it counts as missing.

        Raises:
            ValueError: it is neither.
        """
        if isinstance(value, self.holds) and not isinstance(value, bool):
            return value or None if self.optional and value == "" else value
        if self.optional or (value is None and self.absent is not None):
            return self.absent
        raise ValueError(f"{self.path} is missing" if value is None else f"{self.path} is a {type(value).__name__}")


def _text(path: str, *, optional: bool = False) -> Column:
    return Column(path, str, "str", optional=optional)


def _id(path: str) -> Column:
    """An ID; one that is null or absent is the empty text, which is nobody's."""
    return Column(path, str, "str", absent="")


def _whole(path: str, *, optional: bool = False) -> Column:
    return Column(path, int, "Int64" if optional else "int64", optional=optional)


def _time(path: str, *, optional: bool = False) -> Column:
    return Column(path, datetime, "datetime64[us, UTC]", optional=optional)


Columns = Mapping[str, Column]

APPLICATIONS: Final[Columns] = {
    "application_id": _id("_id"),
    "client_id": _id("client_id"),
    "tracking_id": _text("tracking_id", optional=True),
    "job_id": _text("job_id", optional=True),
    "applied_at": _time("applied_at"),
    "amount_minor": _whole("amount_minor"),
    "currency": _text("currency"),
}
CHARGES: Final[Columns] = {
    "charge_id": _id("_id"),
    "application_id": _id("application_id"),
    "client_id": _id("client_id"),
    "amount_minor": _whole("amount_minor"),
    "currency": _text("currency"),
    "charged_at": _time("charged_at"),
}
CLIENTS: Final[Columns] = {
    "client_id": _id("_id"),
    "client_name": _text("name", optional=True),
    "client_rate_minor": _whole("billing.rate_minor", optional=True),
    "client_currency": _text("billing.currency", optional=True),
    "client_created_at": _time("created_at", optional=True),
    "client_tracking_id": _text("tracking_id", optional=True),
    "recovered_by": _text("recovery.run_id", optional=True),
}


class Unauditable(ReclaimError):
    """A document whose money, time or IDs cannot be read, so that no class would be the right one."""


def table_of(documents: Iterable[Document], columns: Columns, collection: str) -> pd.DataFrame:
    """A row per document of `collection`, in their order; the documents are read once and not held.

    Raises:
        Unauditable: a value is missing or of another type; the sentence says which, and of which document.
    """
    parts = [_part(chunk, columns, collection) for chunk in batched(documents, _CHUNK)]
    return pd.concat(parts, ignore_index=True) if parts else _part([], columns, collection)


def _part(documents: list[Document], columns: Columns, collection: str) -> pd.DataFrame:
    return pd.DataFrame({name: _series(documents, column, collection) for name, column in columns.items()})


def _series(documents: list[Document], column: Column, collection: str) -> pd.Series[Any]:
    values = list(_values(documents, column.path))
    # Nearly always every value is just what it should be, and need not be looked at one by one.
    if column.optional or set(map(type, values)) - {column.holds}:
        values = [_read(column, value, documents[row], collection) for row, value in enumerate(values)]
    return pd.Series(values, dtype=column.dtype)


def _read(column: Column, value: Any, document: Document, collection: str) -> Any:  # noqa: ANN401
    try:
        return column.read(value)
    except ValueError as error:
        raise Unauditable(
            f"{collection} {document.get('_id')!r} cannot be audited: its {error}.",
            "Correct the document; with the validators that `reclaim provision` installs, MongoDB refuses such ones.",
        ) from error


def _values(documents: list[Document], path: str) -> Iterator[Any]:
    *outer, name = path.split(".")
    for document in documents:
        inner: Any = document
        for part in outer:
            inner = inner.get(part) if isinstance(inner, Mapping) else None
        yield inner.get(name) if isinstance(inner, Mapping) else None
