from datetime import UTC, datetime

import pytest

from reclaim.text import figures


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0, "0 s"), (3.14, "3.1 s"), (59.6, "1 min"), (192, "3 min 12 s"), (3600, "1 h"), (90_000, "1 d 1 h")],
)
def test_durations_are_in_the_units_people_use(seconds: float, shown: str) -> None:
    assert figures.duration(seconds) == shown


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [
        (0, 0, "0%"),
        (0, 10, "0%"),
        (10, 10, "100%"),
        (9999, 10_000, ">99.9%"),
        (1, 10_000, "<0.1%"),
        (1, 3, "33.3%"),
    ],
)
def test_a_share_is_never_all_or_nothing_unless_it_is(part: int, whole: int, shown: str) -> None:
    assert figures.share(part, whole) == shown


@pytest.mark.parametrize(("value", "shown"), [(5000, "5,000"), (26.0, "26"), (25.99, "26.0"), (1234.5, "1,234")])
def test_numbers_have_their_thousands_apart(value: float, shown: str) -> None:
    assert figures.number(value) == shown


@pytest.mark.parametrize(("value", "shown"), [(0.42, "0.4 ms"), (38.4, "38 ms"), (1250, "1.25 s")])
def test_latencies_have_their_unit(value: float, shown: str) -> None:
    assert figures.milliseconds(value) == shown


def test_a_moment_is_in_utc() -> None:
    assert figures.moment(datetime(2026, 11, 2, 8, 5, tzinfo=UTC)) == "2 November 2026, 08:05:00 UTC"
    assert figures.moment(None) == "not known"


def test_an_unknown_currency_stays_in_minor_units() -> None:
    assert figures.amount(1250, "ZZZ") == "1,250 minor units of ZZZ"
