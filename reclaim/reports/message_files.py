"""`messages.csv` and `messages.parquet`, written side by side in one pass over the entries."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from reclaim.model.batched import batched
from reclaim.reports.messages import COLUMNS, SCHEMA, Row
from reclaim.reports.spreadsheet import cell

CHUNK_ROWS: Final = 5_000
"""Rows held in memory at once, and the length of a row group in Parquet."""


def write_messages(table: Iterable[Row], csv_path: Path, parquet_path: Path, chunk: int = CHUNK_ROWS) -> int:
    """Write both files from one pass over `table`, `chunk` rows at a time; how many rows there were.

    The CSV is UTF-8 with a header and CRLF line ends (RFC 4180); the Parquet file has `messages.SCHEMA`.
    """
    names = [column.name for column in COLUMNS]
    count = 0
    with (
        csv_path.open("w", encoding="utf-8", newline="") as csv_file,
        pq.ParquetWriter(parquet_path, SCHEMA, compression="zstd") as parquet,
    ):
        sheet = csv.writer(csv_file)
        sheet.writerow(names)
        for part in batched(table, chunk):
            sheet.writerows([cell(row[name]) for name in names] for row in part)
            parquet.write_table(_as_arrow(part))
            count += len(part)
    return count


def _as_arrow(part: list[Row]) -> pa.Table:
    return pa.Table.from_arrays(
        [pa.array([_raw(row[field.name]) for row in part], field.type) for field in SCHEMA], schema=SCHEMA
    )


def _raw(value: object) -> object:
    """The value itself; text as far as UTF-8 can hold it, which a lone surrogate cannot."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value
