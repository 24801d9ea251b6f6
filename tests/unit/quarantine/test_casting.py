from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reclaim.quarantine.casting import Form, cast
from reclaim.quarantine.exact_json import Numeral, numeral
from reclaim.text.money import MAX_MINOR, format_minor


@pytest.mark.parametrize(
    ("value", "currency", "minor"),
    [
        ("12.50", "USD", 1250),
        ("12.5", "USD", 1250),
        ("12", "USD", 1200),
        (12, "USD", 1200),
        (Numeral("12.50"), "USD", 1250),
        ("12.500", "USD", 1250),
        ("0.01", "USD", 1),
        ("0", "USD", 0),
        ("0.00", "JPY", 0),
        ("1250", "JPY", 1250),
        ("1.234", "KWD", 1234),
        ("-12.50", "USD", -1250),
        ("92233720368547758.07", "USD", MAX_MINOR),
    ],
)
def test_an_amount_becomes_minor_units_to_the_last_digit(value: Any, currency: str, minor: int) -> None:  # noqa: ANN401
    assert cast(value, Form.MINOR_UNITS, currency) == minor


@pytest.mark.parametrize(
    "value",
    [
        "12.505",  # more decimals than the currency has
        "12.50000000000000001",  # which a float would lose
        "92233720368547758.08",
        "1e3",
        "1,250.00",
        "1.250,00",
        " 12.50",
        "12.50 ",
        "12.",
        ".5",
        "+12.50",
        "1_000",
        "0x10",
        "١٢",  # digits, but not these
        "12.50\n",
        "",
        "NaN",
        "Infinity",
        "9" * 40,
        Numeral("1.25e1"),
        True,
        None,
        [],
        {},
        ["12.50"],
    ],
)
def test_what_is_in_doubt_is_not_cast(value: Any) -> None:  # noqa: ANN401
    with pytest.raises(ValueError, match=r"is no plain decimal number|has more decimals|does not fit"):
        cast(value, Form.MINOR_UNITS, "USD")


@pytest.mark.parametrize("currency", ["usd", "ZZZ", "", None, 840, ["USD"], "__class__"])
def test_minor_units_need_a_currency_that_exists(currency: Any) -> None:  # noqa: ANN401
    with pytest.raises(ValueError, match="no ISO 4217 code"):
        cast("12.50", Form.MINOR_UNITS, currency)


@given(st.integers(-MAX_MINOR, MAX_MINOR), st.sampled_from(["USD", "JPY", "KWD"]))
def test_what_is_written_as_money_is_read_back_exactly(minor: int, currency: str) -> None:
    text = format_minor(minor, currency).removesuffix(f" {currency}").replace(",", "")

    assert cast(text, Form.MINOR_UNITS, currency) == minor


@pytest.mark.parametrize(
    ("value", "to", "becomes"),
    [
        ("1250", Form.INTEGER, 1250),
        (Numeral("1250.0"), Form.INTEGER, 1250),
        ("-7", Form.INTEGER, -7),
        (42, Form.STRING, "42"),
        (Numeral("1.50"), Form.STRING, "1.50"),
        (" usd", Form.CURRENCY_CODE, "USD"),
        ("2026-11-20T08:15:30", Form.UTC_TIME, "2026-11-20T08:15:30Z"),
        ("2026-11-20 08:15:30.5", Form.UTC_TIME, "2026-11-20T08:15:30.5Z"),
    ],
)
def test_a_value_takes_the_form_it_should_have(value: Any, to: Form, becomes: object) -> None:  # noqa: ANN401
    found = cast(value, to)

    assert (found, type(found)) == (becomes, type(becomes))


@pytest.mark.parametrize(
    ("value", "to"),
    [
        ("12.5", Form.INTEGER),
        (str(2**63), Form.INTEGER),
        (True, Form.INTEGER),
        (True, Form.STRING),
        (None, Form.STRING),
        ({"a": 1}, Form.STRING),
        ("zzz", Form.CURRENCY_CODE),
        (5, Form.CURRENCY_CODE),
        ("2026-11-20T08:15:30+02:00", Form.UTC_TIME),
        ("yesterday", Form.UTC_TIME),
    ],
)
def test_a_value_that_cannot_take_the_form_is_refused_without_being_quoted(value: Any, to: Form) -> None:  # noqa: ANN401
    with pytest.raises(ValueError, match=r"^(is|does not) ") as refusal:
        cast(value, to)
    assert str(value) not in str(refusal.value) or value is None


@given(st.one_of(st.floats(allow_nan=False, allow_infinity=False), st.integers()))
def test_every_number_of_json_is_kept_as_it_was_written(value: float) -> None:
    kept = numeral(repr(value))

    assert str(kept) == repr(value)
    assert kept == numeral(repr(value))
