"""Which notifications are sent, what they say, and what they never say."""

from __future__ import annotations

from typing import Any

import pytest

from reclaim.model.errors import ExitCode, Halted, PreflightFailed, StoreUnavailable
from reclaim.model.outcome import Counts
from reclaim.model.run import RunState
from reclaim.monitoring.run_notifications import Notification, Occasion, of_error, of_question, of_report
from reclaim.reports.model import RunReport
from tests.builders import CONTRACT, at

LINK = "https://prefect.example/runs/flow-run/1"
QUEUE = "jobs-dlq"


def a_report(state: RunState, exit_code: ExitCode, **changes: Any) -> RunReport:  # noqa: ANN401
    values = {"explanation": "MongoDB does not answer.", "counts": Counts(received=3, recovered=1, deferred=2)}
    values |= {"started_at": at(0), "finished_at": at(9), **changes}
    values |= {"contract": CONTRACT.name, "words": CONTRACT.words}
    return RunReport(run_id="run-1", queue=QUEUE, state=state, exit_code=exit_code, **values)


def notified(report: RunReport) -> Occasion | None:
    notification = of_report(report, LINK)
    return notification.occasion if notification else None


@pytest.mark.parametrize(
    ("state", "exit_code", "occasion"),
    [
        (RunState.HALTED, ExitCode.HALTED, Occasion.HALTED),
        (RunState.HALTED, ExitCode.UNREACHABLE, Occasion.HALTED),
        (RunState.FAILED, ExitCode.NEEDS_A_PERSON, Occasion.VALIDATION_FAILED),
        (RunState.FAILED, ExitCode.BUG, Occasion.FAILED),
        (RunState.COMPLETED, ExitCode.DONE, None),
        (RunState.COMPLETED, ExitCode.NEEDS_A_PERSON, None),
    ],
)
def test_people_are_notified_of_a_run_that_did_not_do_its_work(
    state: RunState, exit_code: ExitCode, occasion: Occasion | None
) -> None:
    assert notified(a_report(state, exit_code)) is occasion


def test_nobody_is_notified_of_a_dry_run() -> None:
    assert notified(a_report(RunState.HALTED, ExitCode.HALTED, dry_run=True)) is None


def test_a_notification_says_what_happened_to_what_where_and_what_to_do() -> None:
    halted = of_report(a_report(RunState.HALTED, ExitCode.UNREACHABLE), LINK)

    assert halted
    assert halted.resource_id == "reclaim.queue.jobs-dlq"
    assert halted.payload["subject"] == "Run halted: jobs-dlq"
    assert halted.payload["text"].splitlines() == [
        "Halted: 1 of 3 messages recovered; 2 back in the queue.",
        "MongoDB does not answer.",
        "Queue jobs-dlq, run run-1.",
        "What to do: docs/runbook.md#run-halted",
        LINK,
    ]


def test_the_same_notification_sent_twice_is_one_event() -> None:
    report = a_report(RunState.HALTED, ExitCode.HALTED)
    first, again = of_report(report, LINK), of_report(report, LINK)
    other = of_report(report.model_copy(update={"run_id": "run-2"}), LINK)

    assert first
    assert again
    assert other
    assert first.event_id == again.event_id != other.event_id


@pytest.mark.parametrize(
    ("error", "occasion", "words"),
    [
        (Halted("ann rejected the recovery: too early."), Occasion.HALTED, "ann rejected the recovery: too early."),
        (PreflightFailed("No owner.", "Call them."), Occasion.FAILED, "was refused.\nNo owner. Call them."),
        (StoreUnavailable("MongoDB is down."), Occasion.FAILED, "could not be done.\nMongoDB is down."),
        (None, Occasion.FAILED, "died"),
    ],
)
def test_the_notification_of_a_run_without_a_report_says_what_ended_it(
    error: Exception | None, occasion: Occasion, words: str
) -> None:
    notification = of_error(error, "jobs-dlq 03:00", QUEUE, at(0), LINK)

    assert notification.occasion is occasion
    assert words in notification.payload["text"]


def test_the_text_of_an_unexpected_error_is_not_repeated() -> None:
    notification = of_error(ValueError("SECRET body"), "jobs-dlq 03:00", QUEUE, at(0), LINK)

    assert "ValueError" in notification.headline
    assert "SECRET" not in str(notification.payload)


def test_approvers_are_notified_for_how_long_the_run_waits() -> None:
    notification = of_question("A recovery of 9 messages needs an approver.", QUEUE, at(0), LINK, 14400)

    assert notification.occasion is Occasion.NEEDS_APPROVAL
    assert "9 messages" in notification.headline
    assert "4 h" in notification.detail


@pytest.mark.parametrize("occasion", Occasion)
def test_each_occasion_has_its_place_in_the_runbook(occasion: Occasion) -> None:
    text = Notification(occasion, QUEUE, "It happened.", at(0)).payload["text"]

    assert text.splitlines() == ["It happened.", "Queue jobs-dlq.", f"What to do: {occasion.runbook}"]
