"""Coercion of a value into the form it should have, exactly or not at all. No float is ever involved."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from reclaim.quarantine.exact_json import Numeral
from reclaim.text.money import MAX_MINOR, exponent, is_currency

_AMOUNT: Final = re.compile(r"-?\d{1,19}(\.\d{1,19})?", re.ASCII)
"""A plain decimal number. No exponents, blanks or thousands separators: those leave room for doubt."""

_LOCAL_TIME: Final = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{1,9})?", re.ASCII)


class CoercionTarget(StrEnum):
    """What a value can be coerced to."""

    INTEGER = "integer"
    """``"1250"`` or ``1250.0`` → ``1250``."""
    STRING = "string"
    """``42`` → ``"42"``."""
    MINOR_UNITS = "minor_units"
    """``"12.50"`` → ``1250`` for USD: as many minor units as the currency has to one unit."""
    CURRENCY_CODE = "currency_code"
    """``" usd"`` → ``"USD"``."""
    UTC_TIME = "utc_time"
    """``"2026-11-20 08:15:30"`` → ``"2026-11-20T08:15:30Z"``: a time without an offset is taken as UTC."""


def coerce(value: Any, to: CoercionTarget, currency: Any = None) -> int | str:  # noqa: ANN401  (JSON is any value)
    """`value` in the form `to`; `currency` is needed for minor units only.

    Raises:
        ValueError: it cannot be done exactly; the sentence does not quote the value.
    """
    if to is CoercionTarget.MINOR_UNITS:
        return _minor_units(value, currency)
    return _COERCIONS[to](value)


def _decimal(value: Any) -> Decimal:  # noqa: ANN401
    if isinstance(value, bool) or not isinstance(value, int | str | Numeral) or not _AMOUNT.fullmatch(str(value)):
        raise ValueError("is not a plain decimal number")
    return Decimal(str(value))


def _integer(value: Any) -> int:  # noqa: ANN401
    number = _decimal(value)
    whole = int(number)
    if whole != number:
        raise ValueError("is not a whole number")
    if abs(whole) > MAX_MINOR:
        raise ValueError("does not fit into 64 bits")
    return whole


def _minor_units(value: Any, currency: Any) -> int:  # noqa: ANN401
    if not isinstance(currency, str) or not is_currency(currency):
        raise ValueError("cannot be cast to minor units: its currency is not an ISO 4217 code in capitals")
    # Shifted digit by digit: arithmetic on decimals rounds to a precision that is a setting.
    sign, digits, point = _decimal(value).as_tuple()
    shift = int(point) + exponent(currency)
    if shift < 0 and any(digits[shift:]):
        raise ValueError(f"has more decimals than {currency} has")
    kept = digits + (0,) * shift if shift >= 0 else digits[:shift]
    return _integer(int("".join(map(str, kept)) or "0") * (-1 if sign else 1))


def _string(value: Any) -> str:  # noqa: ANN401
    if isinstance(value, bool) or not isinstance(value, int | str | Numeral):
        raise ValueError("is neither a number nor a text")  # noqa: TRY004  (like the others)
    return str(value)


def _currency_code(value: Any) -> str:  # noqa: ANN401
    code = value.strip().upper() if isinstance(value, str) else ""
    if not is_currency(code):
        raise ValueError("is not an ISO 4217 code")
    return code


def _utc_time(value: Any) -> str:  # noqa: ANN401
    if not isinstance(value, str) or not _LOCAL_TIME.fullmatch(value):
        raise ValueError("is not a time without an offset")
    return value.replace(" ", "T") + "Z"


_COERCIONS: Final[dict[CoercionTarget, Callable[[Any], int | str]]] = {
    CoercionTarget.INTEGER: _integer,
    CoercionTarget.STRING: _string,
    CoercionTarget.CURRENCY_CODE: _currency_code,
    CoercionTarget.UTC_TIME: _utc_time,
}
