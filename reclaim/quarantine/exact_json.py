"""JSON read and written without losing a digit: what an edit does not touch stays as it was."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import orjson

from reclaim.contracts.contract import Contract
from reclaim.model.envelope import open_body

_WHOLE: Final = re.compile(r"(?!-0$)-?\d{1,18}", re.ASCII)
"""Whole numbers that fit into 64 bits in any case."""


@dataclass(frozen=True, slots=True, eq=False)
class Numeral:
    """A number with a fraction, an exponent or many digits, as it was written."""

    text: str

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Numeral):
            return Decimal(self.text) == Decimal(other.text)
        return isinstance(other, int) and not isinstance(other, bool) and Decimal(self.text) == other

    def __hash__(self) -> int:
        return hash(Decimal(self.text))

    def __str__(self) -> str:
        return self.text


def numeral(text: str) -> int | Numeral:
    """The number that `text` writes: an integer, or a `Numeral` with its digits."""
    return int(text) if _WHOLE.fullmatch(text) else Numeral(text)


def event_in(body: str, contract: Contract, number: Callable[[str], Any] = numeral) -> Any:  # noqa: ANN401  (JSON is any value)
    """The event in `body`, taken out of its envelopes; `number` makes a value of a number's text.

    Raises:
        ValueError: there is none that can be read; the sentence says why.
    """
    return open_body(body, contract.event_type.path, number).payload


def write_json(value: Any, *, indent: bool = False, sort: bool = False) -> str:  # noqa: ANN401
    """`value` as text, every number with the digits it had.

    Raises:
        ValueError: it is nested too deeply.
    """
    options = orjson.OPT_PASSTHROUGH_DATACLASS
    options |= (orjson.OPT_INDENT_2 if indent else 0) | (orjson.OPT_SORT_KEYS if sort else 0)
    try:
        return orjson.dumps(value, default=_as_written, option=options).decode()
    except TypeError as error:
        raise ValueError("it is nested too deeply, or holds what JSON does not have") from error


def _as_written(value: object) -> orjson.Fragment:
    if isinstance(value, Numeral):
        return orjson.Fragment(value.text.encode())
    raise TypeError
