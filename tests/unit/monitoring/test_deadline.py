"""When people are notified that messages are about to be lost, and how often."""

from __future__ import annotations

from typing import Any

import pytest

from reclaim.model.message import QueueDepth
from reclaim.model.queue_check import QueueCheck, WatchState
from reclaim.monitoring.run_notifications import Notification, Occasion, of_deadline
from tests.builders import at

HOUR = 3600.0


def a_check(age_hours: float = 1, eta_hours: float = 0, *, messages: int = 1200, **changes: Any) -> QueueCheck:  # noqa: ANN401
    """A queue that keeps messages for 100 hours."""
    values: dict[str, Any] = {"oldest_sent_at": at(1000 * HOUR - age_hours * HOUR), **changes}
    return QueueCheck(
        queue="jobs-dlq",
        taken_at=at(1000 * HOUR),
        depth=QueueDepth(messages, 0, 0),
        retention_seconds=100 * HOUR,
        eta_seconds=eta_hours * HOUR,
        **values,
    )


def a_state(*, near: bool) -> WatchState:
    return WatchState(queue="jobs-dlq", checked_at=at(0), unrecovered=1, deadline_near=near)


@pytest.mark.parametrize(
    ("check", "near"),
    [
        (a_check(age_hours=79), False),
        (a_check(age_hours=80), True),
        (a_check(age_hours=130), True),
        (a_check(age_hours=50, eta_hours=50), False),
        (a_check(age_hours=50, eta_hours=51), True),
        (a_check(age_hours=99, messages=0), False),
        (a_check(oldest_sent_at=None, eta_hours=1000), False),
    ],
)
def test_a_deadline_is_near_when_retention_is_used_up_or_a_recovery_comes_too_late(
    check: QueueCheck,
    *,
    near: bool,
) -> None:
    assert check.is_deadline_near(80) is near


def test_it_is_notified_once_and_again_only_after_it_was_over() -> None:
    near, far, check = a_state(near=True), a_state(near=False), a_check(age_hours=90)

    assert of_deadline(check, near, None, "")
    assert of_deadline(check, near, near, "") is None
    assert of_deadline(check, far, near, "") is None
    assert of_deadline(check, near, far, "")


def notified(check: QueueCheck) -> Notification:
    notification = of_deadline(check, a_state(near=True), None, "")
    assert notification
    return notification


def test_it_says_how_many_until_when_and_whether_a_recovery_is_in_time() -> None:
    in_time = notified(a_check(age_hours=90, eta_hours=2))

    assert in_time.occasion is Occasion.DEADLINE_NEAR
    assert in_time.headline.startswith("SQS drops the oldest of 1,200 messages in 10 h, at ")
    assert in_time.detail == "A recovery would take 2 h."
    assert notified(a_check(age_hours=90, eta_hours=11)).detail.endswith("and come too late for some of them.")


def test_a_deadline_that_has_passed_is_now() -> None:
    assert "messages now, at" in notified(a_check(age_hours=101)).headline
