from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reclaim.reports.spreadsheet import cell, neutralised
from reclaim.text.printable import printable

FORMULA_STARTS = "=+-@\t\r\n＝＋－＠"  # noqa: RUF001


@pytest.mark.parametrize("start", list(FORMULA_STARTS))
def test_a_cell_that_begins_like_a_formula_becomes_text(start: str) -> None:
    assert neutralised(f'{start}HYPERLINK("http://evil","x")').startswith("'")


@pytest.mark.parametrize("start", [" ", "\u00a0", "\ufeff", "\u200b", '"', "'", "  \t"])
def test_what_importers_strip_does_not_hide_a_formula(start: str) -> None:
    assert neutralised(f"{start}=1+1").startswith("'")


@pytest.mark.parametrize("separator", [";", "; ", "\t", "\n"])
def test_a_locale_with_another_separator_finds_no_formula_inside(separator: str) -> None:
    assert neutralised(f"a{separator}=1+1").startswith(f"a{separator[0]}'")


@pytest.mark.parametrize("text", ["", "cl_1", "a = b", "7f3a-9c", "x; y", "client.rate: must be >= 0"])
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert neutralised(text) == text


def test_numbers_stay_numbers() -> None:
    assert cell(-5) == -5


def test_nothing_is_an_empty_cell() -> None:
    assert cell(None) == ""


def test_times_are_utc_with_milliseconds() -> None:
    moment = datetime(2026, 11, 20, 10, 15, 30, 123000, tzinfo=timezone(timedelta(hours=2)))

    assert cell(moment) == "2026-11-20T08:15:30.123Z"


@given(st.text())
@example("=1")
@example(";=1")
def test_neutralising_only_ever_adds_apostrophes(text: str) -> None:
    assert neutralised(text).replace("'", "") == text.replace("'", "")


@given(st.text(st.characters(exclude_categories=())))
def test_no_cell_ever_begins_like_a_formula(text: str) -> None:
    written = str(cell(text))

    assert not written or written[0] not in FORMULA_STARTS
    written.encode()


@given(st.text(st.characters(exclude_categories=())))
@example("a;=1")
@example("a\u202e")
def test_the_short_cut_for_plain_cells_changes_nothing(text: str) -> None:
    assert cell(text) == neutralised(printable(text))


@given(st.text())
def test_printable_text_stays_as_it_is_when_made_printable_again(text: str) -> None:
    assert printable(printable(text)) == printable(text)
