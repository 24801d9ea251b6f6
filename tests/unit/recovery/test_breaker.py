"""I7: the breaker trips on a share of unexpected failures, says why, and stays tripped."""

from __future__ import annotations

from reclaim.recovery.breaker import Breaker, BreakerPolicy


def breaker_after(policy: BreakerPolicy, *batches: tuple[int, int]) -> Breaker:
    breaker = Breaker(policy)
    for handled, failed in batches:
        breaker.observe(handled, failed)
    return breaker


def test_it_trips_at_the_threshold_and_explains_itself() -> None:
    breaker = breaker_after(BreakerPolicy(window=100, minimum=10, threshold=0.5), (10, 5))

    assert breaker.explanation == "5 of the last 10 messages failed unexpectedly (the limit is 50%)"


def test_it_does_not_trip_below_the_threshold() -> None:
    assert not breaker_after(BreakerPolicy(window=100, minimum=10, threshold=0.5), (10, 4), (90, 44)).explanation


def test_too_few_messages_mean_nothing() -> None:
    policy = BreakerPolicy(window=100, minimum=10, threshold=0.5)

    assert not breaker_after(policy, (9, 9)).explanation
    assert breaker_after(policy, (9, 9), (1, 0)).explanation


def test_what_is_outside_the_window_is_forgotten() -> None:
    policy = BreakerPolicy(window=20, minimum=5, threshold=0.5)

    assert not breaker_after(policy, (100, 40), (20, 0), (4, 4)).explanation
    assert breaker_after(policy, (100, 40), (20, 0), (20, 10)).explanation


def test_a_window_smaller_than_the_minimum_can_trip_all_the_same() -> None:
    assert breaker_after(BreakerPolicy(window=5, minimum=20, threshold=0.5), *[(1, 1)] * 40).explanation


def test_one_batch_larger_than_the_window_is_seen_whole() -> None:
    assert breaker_after(BreakerPolicy(window=10, minimum=5, threshold=0.9), (500, 450)).explanation


def test_empty_batches_change_nothing() -> None:
    assert not breaker_after(BreakerPolicy(), *[(0, 0)] * 10).explanation


def test_the_first_reason_stays() -> None:
    breaker = Breaker(BreakerPolicy())
    breaker.trip("the store is down")
    breaker.trip("and so is the queue")

    assert breaker.explanation == "the store is down"
