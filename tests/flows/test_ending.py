"""A recovery ends by itself: at an empty queue, at a stated limit, or when the rest is in other hands."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from typing import Any

from reclaim.model.errors import ExitCode
from reclaim.model.run import RunState
from tests.flows.world import World


def test_an_empty_queue_ends_the_run_after_several_empty_polls(world: World) -> None:
    report = world.recover()

    assert report.counts.received == 0
    assert (report.state, report.exit_code) == (RunState.COMPLETED, ExitCode.DONE)
    assert report.validation.skipped
    assert 2 <= len(world.journal.of("queue.receive")) <= 2 + 3
    assert world.saved_report(report)["balanced"]


def test_one_empty_poll_is_not_believed(world: World) -> None:
    world.send_events(5)
    polls = itertools.count()

    def now_and_then_nothing(real: Callable[..., Any], *args: Any) -> Any:  # noqa: ANN401
        return [] if next(polls) % 2 else real(*args)

    world.meddle("queue.receive", now_and_then_nothing)

    assert world.recover().counts.recovered == 5


def test_the_run_stops_at_its_limit_and_not_before_when_receives_bring_less_than_asked(world: World) -> None:
    world.send_events(100)

    calls = itertools.count()

    def slow_and_little(real: Callable[..., Any], limit: int, *args: Any) -> Any:  # noqa: ANN401
        if limit < 10:
            return real(limit, *args)
        time.sleep(0.1)
        return real(3, *args) if next(calls) % 2 else []

    world.meddle("queue.receive", slow_and_little)

    report = world.recover(max_messages=60)

    assert report.counts.received == 60
    assert report.exit_code is ExitCode.DONE
    assert (world.depth.visible, world.depth.in_flight) == (40, 0)


def test_what_comes_back_in_time_is_recovered_and_what_stays_in_other_hands_is_told(world: World) -> None:
    world.send_events(8)
    world.queue.receive(3, 0, 3600)
    world.queue.receive(2, 0, 8)  # back before the patience of 10 s is over

    report = world.recover()

    assert report.counts.recovered == 5
    assert (report.state, report.exit_code) == (RunState.COMPLETED, ExitCode.NEEDS_A_PERSON)
    (sentence,) = report.attention.unfinished
    assert sentence.startswith("3 messages are in flight elsewhere")
    assert world.depth.in_flight == 3
