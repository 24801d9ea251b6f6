"""What a check says, what is published of it, and what samples, latencies and runs contribute."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reclaim.model.message import QueueDepth
from reclaim.model.metric import Metric, MetricName, Unit
from reclaim.model.queue_check import QueueCheck, QueueSample, RunFigures, WatchState
from reclaim.model.run import RunState
from reclaim.model.uncharged import Uncharged
from reclaim.monitoring.metrics import distribution, metrics_of, percentile
from reclaim.monitoring.run_history import history_of, hours_since_run
from reclaim.monitoring.sampling import is_due, records_in, sample_of, scaled
from tests.builders import CONTRACT, NOW, a_body, a_message, a_run, at

MAX_VALUES = 150
"""CloudWatch takes no more values in one datum."""

HOUR = timedelta(hours=1)


def a_check(**changes: object) -> QueueCheck:
    check = QueueCheck(queue="dlq", taken_at=at(0), depth=QueueDepth(3, 2, 1), retention_seconds=7200)
    return check.model_copy(update=changes)


def published(check: QueueCheck) -> dict[MetricName, Metric]:
    return {metric.name: metric for metric in metrics_of(check)}


# --- the check and its metrics -----------------------------------------------------------------------------------


def test_visible_in_flight_and_delayed_are_unrecovered() -> None:
    assert published(a_check())[MetricName.UNRECOVERED] == Metric(MetricName.UNRECOVERED, Unit.COUNT, "dlq", {6: 1})


def test_the_oldest_messages_age_is_set_against_retention() -> None:
    metrics = published(a_check(oldest_sent_at=at(-1800)))

    assert metrics[MetricName.OLDEST_MESSAGE_AGE].values == {1800.0: 1}
    assert metrics[MetricName.RETENTION_USED].values == {25.0: 1}


def test_what_is_not_known_is_not_published() -> None:
    unknown = {MetricName.GROWTH, MetricName.OLDEST_MESSAGE_AGE, MetricName.RETENTION_USED, MetricName.MONEY_AT_RISK}

    assert not unknown & published(a_check()).keys()


def test_an_empty_queue_has_nothing_old_in_it() -> None:
    empty = a_check(depth=QueueDepth(0, 0, 0))

    assert published(empty)[MetricName.RETENTION_USED].values == {0.0: 1}


def test_money_is_published_by_currency_in_whole_minor_units() -> None:
    check = a_check(money_at_risk={"EUR": 2**53 - 1, "JPY": 7})
    money = [metric for metric in metrics_of(check) if metric.name is MetricName.MONEY_AT_RISK]

    assert [(metric.dimensions, metric.values) for metric in money] == [
        ({"Currency": "EUR"}, {2**53 - 1: 1}),
        ({"Currency": "JPY"}, {7: 1}),
    ]


def test_without_a_revenue_side_there_is_no_money() -> None:
    assert MetricName.MONEY_AT_RISK not in published(a_check(money_at_risk=None))


def test_a_run_is_published_by_outcome_with_its_latencies() -> None:
    counts = {"received": 4, "recovered": 3, "quarantined": 1}
    check = a_check(ended=(RunFigures(run_id="run-1", counts=counts, latencies={100.0: 4}),))
    metrics = metrics_of(check)

    messages = {m.dimensions["Outcome"]: m.values for m in metrics if m.name is MetricName.MESSAGES}
    assert messages == {"recovered": {3: 1}, "duplicate": {0: 1}, "quarantined": {1: 1}, "deferred": {0: 1}}
    assert published(check)[MetricName.QUARANTINE_RATE].values == {25.0: 1}
    assert published(check)[MetricName.RECOVERY_LATENCY].values == {100.0: 4}


def test_a_run_that_received_nothing_has_no_quarantine_rate() -> None:
    check = a_check(ended=(RunFigures(run_id="run-1", counts={"received": 0}),))

    assert MetricName.QUARANTINE_RATE not in published(check)


# --- latencies ---------------------------------------------------------------------------------------------------


@given(st.lists(st.floats(0, 1e6), min_size=1))
def test_latencies_are_few_values_never_too_low_and_hardly_too_high(seconds: list[float]) -> None:
    found = distribution({"received": NOW, "settled": at(second)} for second in seconds)

    assert sum(found.values()) == len(seconds)
    assert len(found) <= MAX_VALUES
    slowest = min(max((at(max(seconds)) - NOW).total_seconds() * 1000, 1), 12 * 3600 * 1000)
    assert slowest * 0.999 <= max(found) <= slowest * 1.151


def test_all_values_that_can_occur_are_no_more_than_cloudwatch_takes() -> None:
    found = distribution({"received": NOW, "settled": at(1.01**n / 1000)} for n in range(3000))

    assert len(found) <= MAX_VALUES
    assert all(later / earlier <= 1.16 for earlier, later in pairwise(found))


def test_a_message_that_was_not_settled_has_no_latency() -> None:
    assert distribution([{"received": NOW}, {"settled": NOW}]) == {}


@pytest.mark.parametrize(("percent", "expected"), [(50, 1.0), (90, 1.0), (91, 2.0), (100, 3.0)])
def test_a_percentile_is_the_smallest_value_that_so_many_do_not_exceed(percent: int, expected: float) -> None:
    assert percentile({3.0: 5, 1.0: 90, 2.0: 5}, percent) == expected


# --- samples -----------------------------------------------------------------------------------------------------


def test_a_sample_knows_the_oldest_and_the_money_of_its_records() -> None:
    messages = [a_message(a_body("cl_1")), a_message("no JSON")]
    uncharged = [
        Uncharged("cl_1", "USD", date(2026, 11, 20), 2, 50),
        Uncharged("cl_1", "USD", date(2026, 11, 21), 1, 25),
    ]

    sample = sample_of(messages, uncharged, NOW, None)

    assert records_in(messages, CONTRACT) == {"cl_1"}
    assert sample == QueueSample(taken_at=NOW, seen=2, oldest_sent_at=at(-3600), money={"USD": 75})


def test_a_sample_of_the_same_messages_keeps_the_oldest_of_the_last_one() -> None:
    before = QueueSample(taken_at=at(-60), seen=1, oldest_sent_at=at(-9999))

    assert sample_of([a_message()], [], NOW, before).oldest_sent_at == at(-9999)


def test_money_is_scaled_up_in_whole_minor_units() -> None:
    assert scaled(QueueSample(taken_at=NOW, seen=3, money={"USD": 100}), 10) == {"USD": 333}
    assert scaled(QueueSample(taken_at=NOW, seen=0), 10) == {}


@pytest.mark.parametrize(
    ("sampled", "run_ended", "due"),
    [(None, None, True), (-60, None, False), (-3600, None, True), (-60, -30, True), (-60, -90, False)],
)
def test_messages_are_read_seldom(sampled: float | None, run_ended: float | None, *, due: bool) -> None:
    sample = None if sampled is None else QueueSample(taken_at=at(sampled), seen=1)
    before = WatchState(queue="dlq", checked_at=at(-60), unrecovered=1, sample=sample)

    assert is_due(before, NOW, HOUR, None if run_ended is None else at(run_ended)) is due


# --- the history of runs -----------------------------------------------------------------------------------------


def test_only_real_recoveries_of_the_queue_are_its_history() -> None:
    done = {"queue": "dlq", "state": RunState.COMPLETED, "finished_at": at(-60), "counts": {"received": 1}}
    runs = [
        a_run(run_id="mine", **done),
        a_run(run_id="other", **{**done, "queue": "other-dlq", "finished_at": at(-5)}),
        a_run(run_id="dry-run", **{**done, "parameters": {"dry_run": True}, "finished_at": at(-5)}),
        a_run(run_id="audit", **{**done, "kind": "reconcile", "finished_at": at(-5)}),
        a_run(run_id="halted", **{**done, "state": RunState.HALTED, "finished_at": at(-30)}),
    ]

    history = history_of("dlq", runs, alive=runs[1:2])

    assert history.ended.keys() == {"mine", "halted"}
    assert (history.done_at, history.ended_at, history.busy) == (at(-60), at(-30), False)


def test_the_hours_without_a_run_begin_with_the_last_that_came_to_its_end() -> None:
    done = a_run(queue="dlq", state=RunState.COMPLETED, finished_at=at(-7200))
    history = history_of("dlq", [done], [])

    assert hours_since_run(history, None, 0, NOW) == 2.0
    assert hours_since_run(history.model_copy(update={"busy": True}), None, 0, NOW) == 0.0


def test_without_any_run_they_begin_with_the_oldest_message() -> None:
    never = history_of("dlq", [], [])

    assert hours_since_run(never, at(-3600), 5, NOW) == 1.0
    assert hours_since_run(never, at(-3600), 0, NOW) == 0.0
