"""Reads amounts of money in the two forms in which events and documents state them."""

from __future__ import annotations

import re
from decimal import Context, Decimal, Inexact, InvalidOperation
from enum import StrEnum
from typing import Any, Final

from reclaim.text.money import MAX_MINOR, exponent, is_currency

_DECIMAL: Final = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,4})?")
_EXACTLY: Final = Context(prec=64, traps=[Inexact, InvalidOperation])


class AmountUnit(StrEnum):
    """How an event or a document states an amount."""

    MINOR = "minor units"
    """A whole number of minor units."""
    DECIMAL = "decimal text"
    """A decimal number of major units, as text; in a document also as Decimal128."""

    def read(self, value: Any, currency: Any) -> int:  # noqa: ANN401  (a document holds any value)
        """The amount in whole minor units of `currency`. A float is never read, whatever its value.

        Raises:
            ValueError: `value` is not an amount in this unit. The message completes "<field> …" and does not quote it.
        """
        if self is AmountUnit.MINOR:
            if isinstance(value, int) and not isinstance(value, bool):
                return int(value)
            raise ValueError(_mismatch(value))
        if not isinstance(value, str | Decimal):
            raise ValueError(_mismatch(value))  # noqa: TRY004  (callers expect one error, whatever is wrong)
        if isinstance(value, str) and not _DECIMAL.fullmatch(value):
            raise ValueError("is not a decimal number")
        minor = self.minor_units(Decimal(value), currency)
        if abs(minor) > MAX_MINOR:
            raise ValueError("is too large")
        return minor

    def minor_units(self, amount: Decimal, currency: Any) -> int:  # noqa: ANN401
        """A number in this unit, of any size (such as a sum that MongoDB computed), in whole minor units of `currency`.

        Raises:
            ValueError: as `read`.
        """
        if self is AmountUnit.MINOR:
            return int(amount)
        if not (isinstance(currency, str) and is_currency(currency)):
            raise ValueError("has no ISO 4217 currency")
        try:
            shifted = amount.scaleb(exponent(currency), _EXACTLY)
            whole = int(shifted)
        except (ArithmeticError, ValueError) as error:
            raise ValueError("is not a decimal number") from error
        if shifted != whole:
            raise ValueError(f"is finer than the minor unit of {currency}")
        return whole


def _mismatch(value: object) -> str:
    return "is missing" if value is None else f"is a {type(value).__name__}"
