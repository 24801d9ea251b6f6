"""When SQS drops what is left, and whether a drain is done by then."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from reclaim.exposure.money_at_risk import UnchargedMoney
from reclaim.exposure.retention import (
    ARRIVAL,
    FIRST_SEND,
    Deadlines,
    ExpectedPace,
    Retention,
    RetentionOutlook,
    expected_pace,
    hour_of,
)
from reclaim.model.run import RunRecord, RunState
from tests.builders import NOW, a_run, at

FOUR_DAYS = timedelta(days=4)
TEN_A_SECOND = ExpectedPace(messages_per_second=10, basis="a test")
DONE = {"state": RunState.COMPLETED, "counts": {"received": 5000}, "timings": {"messages_per_second": 80.0}}


def outlook(*ages_hours: float, messages: int = 0, queue: str = "dlq") -> RetentionOutlook:
    deadlines = Deadlines(Retention(queue, FOUR_DAYS))
    for hours in ages_hours:
        deadlines.add(NOW - timedelta(hours=hours))
    return deadlines.outlook(messages, TEN_A_SECOND, NOW, {})


def test_the_clock_runs_from_the_first_send() -> None:
    found = outlook(24, 50)

    assert found.first_deadline == NOW - timedelta(hours=50) + FOUR_DAYS
    assert found.clock == FIRST_SEND


def test_on_a_fifo_queue_the_same_sum_is_only_the_earliest_moment() -> None:
    assert outlook(24, queue="dlq.fifo").clock == ARRIVAL


def test_messages_are_counted_by_the_hour_in_which_they_fall_due() -> None:
    found = outlook(0, 0.1, 2)

    assert [(due.hour, due.messages) for due in found.falls_due] == [
        (hour_of(NOW + FOUR_DAYS - timedelta(hours=2)), 1),
        (hour_of(NOW + FOUR_DAYS), 2),
    ]


def test_money_falls_due_with_the_messages() -> None:
    deadlines = Deadlines(Retention("dlq", FOUR_DAYS))
    hour = hour_of(deadlines.add(NOW))
    money = {"USD": UnchargedMoney(records=1, applications=2, amount_minor=2500)}

    (due,) = deadlines.outlook(1, TEN_A_SECOND, NOW, {hour: money}).falls_due

    assert (due.messages, due.money) == (1, money)


def test_money_whose_message_is_hidden_elsewhere_falls_due_all_the_same() -> None:
    money = {"USD": UnchargedMoney(records=1, applications=2, amount_minor=2500)}
    found = Deadlines(Retention("dlq", FOUR_DAYS)).outlook(0, TEN_A_SECOND, NOW, {hour_of(NOW): money})

    assert [(due.messages, due.money) for due in found.falls_due] == [(0, money)]


@pytest.mark.parametrize(("left_hours", "late"), [(2, False), (0.5, True), (1, False)])
def test_a_drain_is_late_when_it_ends_after_the_first_deadline(left_hours: float, late: bool) -> None:  # noqa: FBT001
    found = outlook(96 - left_hours, messages=36_000)

    assert found.eta == at(3600)
    assert found.late is late


def test_a_drain_that_would_take_for_ever_is_late_too() -> None:
    deadlines = Deadlines(Retention("dlq", FOUR_DAYS))
    deadlines.add(NOW)

    assert deadlines.outlook(40_000_000, ExpectedPace(messages_per_second=1e-9, basis="a test"), NOW, {}).late


def test_an_empty_queue_is_never_late() -> None:
    found = outlook()

    assert (found.eta, found.first_deadline, found.late, found.falls_due) == (None, None, False, ())


def test_the_last_completed_recovery_of_the_queue_sets_the_pace() -> None:
    def run(run_id: str, **changes: Any) -> RunRecord:  # noqa: ANN401
        return a_run(run_id, **{**DONE, **changes})

    runs = [
        run("running", state=RunState.RUNNING),
        run("another queue", queue="another"),
        run("dry run", parameters={"dry_run": True}),
        run("a few", counts={"received": 99}),
        run("audit", kind="reconcile"),
        run("no time", timings={}),
        run("last"),
        run("before", timings={"messages_per_second": 3.0}),
    ]

    assert expected_pace(runs, "dlq", 500) == ExpectedPace(
        messages_per_second=80, basis="the last completed recovery, last"
    )


@pytest.mark.parametrize(("runs", "rate"), [([], 500.0), ([a_run("fast", **DONE)], 20.0)])
def test_without_a_recovery_to_go_by_or_below_its_pace_the_configured_rate_does(
    runs: list[RunRecord], rate: float
) -> None:
    assert expected_pace(runs, "dlq", rate) == ExpectedPace(
        messages_per_second=rate, basis="the configured rate, a ceiling"
    )
