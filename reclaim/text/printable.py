"""Text that is safe to show: what came from a message may hold characters that control terminals or reorder lines."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BeforeValidator

_UNPRINTABLE = re.compile(
    "["
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"  # control characters, which terminals obey
    "\u202a-\u202e\u2066-\u2069"  # direction overrides, which make an ID look like another
    "\ud800-\udfff"  # lone surrogates, which no UTF-8 file can hold
    "]"
)


def printable(text: str) -> str:
    """`text` with U+FFFD for each character that must not be shown; tabs and line ends stay."""
    return _UNPRINTABLE.sub("\ufffd", text)


def one_line(text: str) -> str:
    """`text` printable, and with every run of white space as a single blank."""
    return " ".join(printable(text).split())


def capitalized(text: str) -> str:
    """`text` with a capital first letter; the others stay as they are, unlike with `str.capitalize`."""
    return text[:1].upper() + text[1:]


def _printable_if_text(value: Any) -> Any:  # noqa: ANN401
    return printable(value) if isinstance(value, str) else value


PrintableText = Annotated[str, BeforeValidator(_printable_if_text)]
"""A model's field that makes its text printable instead of refusing it: a bad message must not stop a report."""
