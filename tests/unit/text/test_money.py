from __future__ import annotations

import pytest

from reclaim.text.money import MAX_MINOR, exponent, format_minor, is_currency


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (1250, "USD", "12.50 USD"),
        (5, "USD", "0.05 USD"),
        (0, "USD", "0.00 USD"),
        (-5, "USD", "-0.05 USD"),
        (-123456, "EUR", "-1,234.56 EUR"),
        (1250, "JPY", "1,250 JPY"),
        (1250, "KWD", "1.250 KWD"),
        (1250, "CLF", "0.1250 CLF"),
        (MAX_MINOR, "USD", "92,233,720,368,547,758.07 USD"),
        (10**30 + 1, "USD", "10,000,000,000,000,000,000,000,000,000.01 USD"),
    ],
)
def test_minor_units_are_written_with_the_decimals_of_their_currency(amount: int, currency: str, text: str) -> None:
    assert format_minor(amount, currency) == text


@pytest.mark.parametrize(("code", "digits"), [("USD", 2), ("JPY", 0), ("BHD", 3), ("CLF", 4)])
def test_every_currency_has_its_own_number_of_decimals(code: str, digits: int) -> None:
    assert exponent(code) == digits


@pytest.mark.parametrize("code", ["usd", "Usd", "US", "USDX", "", "ZZZ", "840", " USD"])
def test_only_the_codes_of_the_standard_are_currencies(code: str) -> None:
    assert not is_currency(code)
    with pytest.raises(ValueError, match=r".+"):
        exponent(code)
