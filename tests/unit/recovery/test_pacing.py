"""I8: the pace halves on failures, rises again slowly, and never exceeds the ceiling."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reclaim.model.message import MAX_VISIBILITY_SECONDS
from reclaim.recovery.pacing import Pace, PacePolicy, hide_seconds


class Middle(Random):
    """No jitter."""

    def uniform(self, a: float, b: float) -> float:
        return (a + b) / 2


def test_a_failure_halves_the_pace_down_to_the_floor() -> None:
    pace = Pace(PacePolicy(ceiling=100, floor=20), 0)
    rates = []
    for _ in range(4):
        pace.slow_down()
        rates.append(pace.rate)

    assert rates == [50, 25, 20, 20]


def test_a_slow_write_halves_the_pace_and_a_good_one_raises_it_by_a_twentieth_of_the_ceiling() -> None:
    pace = Pace(PacePolicy(ceiling=100, slow_write_seconds=5), 0)

    pace.note_write(5.1)
    after_slow = pace.rate
    pace.note_write(5.0)

    assert (after_slow, pace.rate) == (50, 55)


def test_the_pace_rises_again_to_the_ceiling_and_stays_there() -> None:
    pace = Pace(PacePolicy(ceiling=100), 0)
    pace.slow_down()

    rates = []
    for _ in range(30):
        pace.note_write(0.1)
        rates.append(pace.rate)

    assert rates[9] == pytest.approx(100)
    assert max(rates) == 100


def test_a_ceiling_below_the_floor_holds() -> None:
    pace = Pace(PacePolicy(ceiling=0.5, floor=1.0), 0)

    pace.slow_down()

    assert pace.rate <= 0.5


def test_what_was_reserved_and_not_received_costs_nothing() -> None:
    pace = Pace(PacePolicy(ceiling=10), 0)

    waits = []
    for _ in range(5):
        waits.append(pace.reserve(10, now=1.0))
        pace.refund(10)

    assert waits == [0.0] * 5


def test_a_refund_is_no_credit_for_later() -> None:
    pace = Pace(PacePolicy(ceiling=10), 0)
    pace.refund(1000)

    assert pace.reserve(30, now=0.0) >= 2.0


def test_a_long_pause_earns_one_second_of_messages_and_no_more() -> None:
    pace = Pace(PacePolicy(ceiling=10), 0)

    assert pace.reserve(30, now=3600.0) == pytest.approx(2.0)


@given(
    st.floats(0.1, 5000),
    st.lists(
        st.tuples(st.integers(1, 500), st.floats(0, 3), st.sampled_from(["failure", "slow", "good", "refund"])),
        min_size=1,
        max_size=40,
    ),
)
@settings(max_examples=200, deadline=None)
def test_since_the_start_no_more_was_handled_than_the_ceiling_allows(
    ceiling: float, steps: list[tuple[int, float, str]]
) -> None:
    pace = Pace(PacePolicy(ceiling=ceiling), 0)
    now, handled = 0.0, 0
    for messages, pause, happens in steps:
        now += pause
        now += pace.reserve(messages, now)
        if happens == "refund":
            pace.refund(messages)
        else:
            handled += messages
        if happens == "failure":
            pace.slow_down()
        elif happens != "refund":
            pace.note_write(9 if happens == "slow" else 0)

        assert pace.rate <= ceiling
        assert handled <= ceiling * now * (1 + 1e-9) + 1e-6


def test_the_hiding_time_doubles_with_every_receive() -> None:
    assert [hide_seconds(count, 2, Middle()) for count in range(6)] == [2, 2, 4, 8, 16, 32]


@given(st.integers(0, 10**9), st.floats(0.01, 1e6), st.randoms(use_true_random=False))
@settings(max_examples=200, deadline=None)
def test_no_message_is_hidden_for_longer_than_sqs_hides_one(count: int, base: float, rng: Random) -> None:
    assert 0 <= hide_seconds(count, base, rng) <= MAX_VISIBILITY_SECONDS == 43_200


def test_the_jitter_is_a_fifth_either_way() -> None:
    rng = Random(1)  # noqa: S311

    times = [hide_seconds(5, 100, rng) for _ in range(500)]

    assert 1280 <= min(times) < 1350
    assert 1850 < max(times) <= 1920
