"""Cells that a spreadsheet shows and never runs.

A cell that begins like a formula is one to Excel, LibreOffice and Google Sheets, whatever quotes surround it in
the file (OWASP, "CSV Injection"). An apostrophe in front makes it text.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from reclaim.text.printable import printable

_BEFORE_A_FORMULA = re.compile(
    "(?:\\A|(?<=[;\t\r\n]))"  # where a cell begins; where the locale makes ; or a tab the separator, inside too
    "(?=[\\s\u200b-\u200f\u2060\ufeff\ufffd\"']*"  # what importers skip, strip or do not show
    "[=+\\-@\uff1d\uff0b\uff0d\uff20])"  # the last four are their fullwidth forms
    "|\\A(?=[\t\r\n])"
)


def neutralised(text: str) -> str:
    """`text` with an apostrophe wherever a spreadsheet could take what follows for a formula."""
    return _BEFORE_A_FORMULA.sub("'", text)


def cell(value: str | int | datetime | None) -> str | int:
    """`value` as it stands in a CSV file: numbers stay numbers, times are ISO 8601 in UTC, None is empty."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, int):
        return value
    return value if _is_plain(value) else neutralised(printable(value))


def _is_plain(text: str) -> bool:
    """Whether `text` is obviously harmless. Nearly every cell is an ID, and this spares it two regular expressions."""
    return text[:1].isalnum() and text.isprintable() and ";" not in text
