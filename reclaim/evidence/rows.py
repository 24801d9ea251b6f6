"""Fingerprints of a table's rows, so that a check can name the row that is wrong and not only the file.

Beside `x.csv` lies `x.csv.rows`: a line per row, its header first, with the beginning of the SHA-256 of the row's bytes
(line end included) and the row's first cell. Whether the file is what was signed, the full SHA-256 in the manifest
says; these only say where to look, so sixteen digits are enough.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import BinaryIO, Final

SUFFIX: Final = ".rows"

_DIGITS: Final = 16
_PIECE: Final = 2**20
"""Bytes read at once: a row without an end must not fill the memory."""
_FIRST_CELL: Final = re.compile(rb"[\w.:/'-]{1,128}(?=,|\r?\n|\Z)", re.ASCII)


@dataclass(frozen=True, slots=True)
class RowPrint:
    """One row's fingerprint and first cell; the cell is ``-`` where it is no plain ID."""

    digest: str
    name: str


def row_prints(file: BinaryIO) -> Iterator[RowPrint]:
    """The fingerprints of all rows, header first. A row ends with the line end that stands outside of quotes."""
    digest, name, quotes = hashlib.sha256(), "", 0
    while piece := file.readline(_PIECE):
        if not name:
            cell = _FIRST_CELL.match(piece)
            name = cell.group().decode() if cell else "-"
        digest.update(piece)
        quotes += piece.count(b'"')
        if piece.endswith(b"\n") and quotes % 2 == 0:
            yield RowPrint(digest.hexdigest()[:_DIGITS], name)
            digest, name, quotes = hashlib.sha256(), "", 0
    if name:
        yield RowPrint(digest.hexdigest()[:_DIGITS], name)


def write_row_prints(table: Path, target: Path) -> int:
    """Write the fingerprints of `table` to `target`; how many rows there are, the header apart."""
    count = 0
    with table.open("rb") as source, target.open("w", encoding="ascii", newline="") as lines:
        for row in row_prints(source):
            lines.write(f"{row.digest} {row.name}\n")
            count += 1
    return max(0, count - 1)


def read_row_prints(file: BinaryIO) -> Iterator[RowPrint]:
    """What `write_row_prints` wrote."""
    for line in file:
        digest, _, name = line.decode("ascii", "replace").rstrip("\n").partition(" ")
        yield RowPrint(digest, name)


def first_difference(signed: Iterable[RowPrint], found: Iterable[RowPrint]) -> tuple[int, str]:
    """The first row of `found` that is not as in `signed`: its number (0 is the header) and what is wrong with it.

    Raises:
        ValueError: there is none.
    """
    pairs = enumerate(zip_longest(signed, found))
    for number, (was, now) in pairs:
        if was == now:
            continue
        rest = [pair for _, pair in pairs]
        later_signed = {row.digest: number + n for n, (row, _) in enumerate(rest, 1) if row}
        later_found = {row.digest for _, row in rest if row}
        return number, _difference(number, was, now, later_signed, later_found)
    raise ValueError("the rows are the same")


def _difference(
    number: int, was: RowPrint | None, now: RowPrint | None, later_signed: dict[str, int], later_found: set[str]
) -> str:
    if number == 0:
        return "the header was changed"
    if was is None or now is None:
        return _at_the_end(number, was, now)
    moved_here, still_there = now.digest in later_signed, was.digest in later_found
    if moved_here and still_there:
        return f"row {number} ({was.name}) is out of order: row {later_signed[now.digest]} ({now.name}) stands there"
    if moved_here:
        return f"row {number} ({was.name}) is missing"
    if still_there:
        return f"row {number} ({now.name}) was added before {was.name}"
    return f"row {number} ({was.name}) was changed"


def _at_the_end(number: int, was: RowPrint | None, now: RowPrint | None) -> str:
    if was:
        return f"row {number} ({was.name}) is missing at the end"
    return f"row {number} ({now.name if now else '-'}) was added at the end"
