from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reclaim.quarantine.coercion import CoercionTarget, coerce
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
    assert coerce(value, CoercionTarget.MINOR_UNITS, currency) == minor


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
def test_what_is_in_doubt_is_not_coerced(value: Any) -> None:  # noqa: ANN401
    with pytest.raises(ValueError, match=r"is not a plain decimal number|has more decimals|does not fit"):
        coerce(value, CoercionTarget.MINOR_UNITS, "USD")


@pytest.mark.parametrize("currency", ["usd", "ZZZ", "", None, 840, ["USD"], "__class__"])
def test_minor_units_need_a_currency_that_exists(currency: Any) -> None:  # noqa: ANN401
    with pytest.raises(ValueError, match="not an ISO 4217 code"):
        coerce("12.50", CoercionTarget.MINOR_UNITS, currency)


@given(st.integers(-MAX_MINOR, MAX_MINOR), st.sampled_from(["USD", "JPY", "KWD"]))
def test_what_is_written_as_money_is_read_back_exactly(minor: int, currency: str) -> None:
    text = format_minor(minor, currency).removesuffix(f" {currency}").replace(",", "")

    assert coerce(text, CoercionTarget.MINOR_UNITS, currency) == minor


@pytest.mark.parametrize(
    ("value", "to", "becomes"),
    [
        ("1250", CoercionTarget.INTEGER, 1250),
        (Numeral("1250.0"), CoercionTarget.INTEGER, 1250),
        ("-7", CoercionTarget.INTEGER, -7),
        (42, CoercionTarget.STRING, "42"),
        (Numeral("1.50"), CoercionTarget.STRING, "1.50"),
        (" usd", CoercionTarget.CURRENCY_CODE, "USD"),
        ("2026-11-20T08:15:30", CoercionTarget.UTC_TIME, "2026-11-20T08:15:30Z"),
        ("2026-11-20 08:15:30.5", CoercionTarget.UTC_TIME, "2026-11-20T08:15:30.5Z"),
    ],
)
def test_a_value_takes_the_form_it_should_have(value: Any, to: CoercionTarget, becomes: object) -> None:  # noqa: ANN401
    found = coerce(value, to)

    assert (found, type(found)) == (becomes, type(becomes))


@pytest.mark.parametrize(
    ("value", "to"),
    [
        ("12.5", CoercionTarget.INTEGER),
        (str(2**63), CoercionTarget.INTEGER),
        (True, CoercionTarget.INTEGER),
        (True, CoercionTarget.STRING),
        (None, CoercionTarget.STRING),
        ({"a": 1}, CoercionTarget.STRING),
        ("zzz", CoercionTarget.CURRENCY_CODE),
        (5, CoercionTarget.CURRENCY_CODE),
        ("2026-11-20T08:15:30+02:00", CoercionTarget.UTC_TIME),
        ("yesterday", CoercionTarget.UTC_TIME),
    ],
)
def test_a_value_that_cannot_take_the_form_is_refused_without_being_quoted(value: Any, to: CoercionTarget) -> None:  # noqa: ANN401
    with pytest.raises(ValueError, match=r"^(is|does not) ") as refusal:
        coerce(value, to)
    assert str(value) not in str(refusal.value) or value is None


@given(st.one_of(st.floats(allow_nan=False, allow_infinity=False), st.integers()))
def test_every_number_of_json_is_kept_as_it_was_written(value: float) -> None:
    kept = numeral(repr(value))

    assert str(kept) == repr(value)
    assert kept == numeral(repr(value))
