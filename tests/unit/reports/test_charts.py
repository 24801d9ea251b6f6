import re

from hypothesis import given
from hypothesis import strategies as st

from reclaim.model.outcome import Outcome
from reclaim.reports.charts import LEAST_PERCENT, Segment, bar, latency_bar, proportion_bar
from reclaim.reports.model import ProgressSample, StepLatency
from reclaim.reports.plot import marks, time_marks
from reclaim.reports.timeline import pace_chart, settled_chart, settled_pace, thinned


def samples(*totals: int) -> list[ProgressSample]:
    return [ProgressSample(seconds=n, settled={Outcome.RECOVERED: total}) for n, total in enumerate(totals)]


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=4))
def test_the_segments_of_a_proportion_fill_it_and_none_that_exists_is_invisible(values: list[int]) -> None:
    drawn = proportion_bar([Segment(f"s{n}", value, "x") for n, value in enumerate(values)], "all")

    widths = [float(width) for width in re.findall(r'<rect[^>]* width="([\d.]+)%"', drawn)]
    assert len(widths) == sum(value > 0 for value in values)
    assert all(width >= 0.1 for width in widths)
    assert sum(widths) <= 100.1


def test_a_label_cannot_break_out_of_its_attribute() -> None:
    drawn = proportion_bar([Segment("<b>", 1, "x")], '"><script>')

    assert "<script>" not in drawn
    assert "<b>" not in drawn


def test_a_bar_that_stands_for_something_is_seen() -> None:
    assert f'width="{LEAST_PERCENT:.2f}%"' in bar(1, 10**6, "x")
    assert 'width="0.00%"' in bar(0, 10, "x")
    assert 'width="0.00%"' in bar(0, 0, "x")


def test_a_step_that_took_no_time_draws_nothing() -> None:
    assert latency_bar(StepLatency(p50_ms=0, p95_ms=0, max_ms=0, batches=1), 0) == ""


@given(st.floats(1e-3, 1e12))
def test_the_marks_of_an_axis_rise_and_reach_the_greatest_value(greatest: float) -> None:
    found = marks(greatest)

    assert found == sorted(found)
    assert found[-1] >= greatest * (1 - 1e-6)
    assert len(found) <= 6


@given(st.floats(1e-3, 1e8))
def test_moments_are_few_and_within_the_run(seconds: float) -> None:
    found = time_marks(seconds)

    assert found[0] == 0
    assert found[-1] <= seconds
    assert len(found) <= 7


def test_a_run_too_short_to_draw_has_no_charts() -> None:
    for timeline in ([], samples(5), samples(0, 0), [ProgressSample(seconds=0), ProgressSample(seconds=0)]):
        assert settled_chart(timeline) == ""
        assert pace_chart(timeline) == ""


def test_a_chart_says_what_it_shows() -> None:
    assert "150 messages accounted for in 2 s" in settled_chart(samples(0, 50, 150))
    assert "at most 100" in pace_chart(samples(0, 50, 150))


def test_the_pace_is_what_was_settled_between_two_moments() -> None:
    assert settled_pace(samples(0, 50, 150)) == [(0, 50), (1, 50), (1, 100), (2, 100)]


def test_a_long_timeline_is_thinned_to_its_shape_with_both_ends() -> None:
    long = samples(*range(10_000))

    short = thinned(long, 100)

    assert len(short) == 100
    assert (short[0], short[-1]) == (long[0], long[-1])
