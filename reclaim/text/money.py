"""Money is an integer in minor units of one ISO 4217 currency. It is never a float, never summed across currencies."""

from __future__ import annotations

from functools import cache

from iso4217 import Currency

MAX_MINOR = 2**63 - 1
"""The largest amount MongoDB and Parquet hold as a whole number (a signed 64-bit integer)."""


@cache
def is_currency(code: str) -> bool:
    """Whether `code` is an ISO 4217 alphabetic code, in capitals."""
    try:
        Currency(code)
    except ValueError:
        return False
    return True


@cache
def exponent(code: str) -> int:
    """How many decimals the currency's minor unit stands for: USD 2, JPY 0, KWD 3.

    Raises:
        ValueError: `code` is no ISO 4217 code.
    """
    return Currency(code).exponent or 0


def format_minor(amount_minor: int, currency: str) -> str:
    """`amount_minor` as people write it: ``1250, "USD"`` → ``"12.50 USD"``."""
    digits = exponent(currency)
    sign = "-" if amount_minor < 0 else ""
    whole, fraction = divmod(abs(amount_minor), 10**digits)
    text = f"{sign}{whole:,}" + (f".{fraction:0{digits}d}" if digits else "")
    return f"{text} {currency}"
