"""Notifications of runs and deadlines to people: the occasions, and what a notification says. Pure.

Each becomes an event in Prefect, from which an automation makes an e-mail, a message or a page
(`reclaim.adapters.prefect_api.notifications` creates it). A notification holds counts, names and sentences that the
report holds too; never a body or a secret.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import NAMESPACE_URL, UUID, uuid5

from reclaim.model.errors import ExitCode, Halted, ReclaimError, UsageError
from reclaim.model.queue_check import QueueCheck, WatchState
from reclaim.model.run import RunState
from reclaim.reports.headline import headline
from reclaim.reports.model import RunReport
from reclaim.text.figures import duration


class Occasion(StrEnum):
    """The events that notify somebody."""

    HALTED = "reclaim.run.halted"
    """The breaker or a person stopped a run; what it had in hand is back in the queue."""
    FAILED = "reclaim.run.failed"
    """A run does not balance, or ended without a report."""
    VALIDATION_FAILED = "reclaim.run.validation_failed"
    """What a run left in MongoDB breaks a critical expectation."""
    NEEDS_APPROVAL = "reclaim.run.needs_approval"
    """A run is suspended until a second person approves it."""
    DEADLINE_NEAR = "reclaim.dlq.deadline_near"
    """SQS drops the oldest message soon, or before a recovery would reach it."""

    @property
    def label(self) -> str:
        """In a few words, for a subject line."""
        return _LABELS[self]

    @property
    def runbook(self) -> str:
        """The section of the runbook that says what to do."""
        return f"docs/runbook.md#{self.label.lower().replace(' ', '-')}"


_LABELS: Final = {
    Occasion.HALTED: "Run halted",
    Occasion.FAILED: "Run failed",
    Occasion.VALIDATION_FAILED: "Validation failed",
    Occasion.NEEDS_APPROVAL: "Approval needed",
    Occasion.DEADLINE_NEAR: "Deadline near",
}


@dataclass(frozen=True, slots=True)
class Notification:
    """One notification; an event's payload, see `reclaim.adapters.prefect_api.events.EventPayload`.

    Attributes:
        headline: what happened, in one sentence.
        detail: why, or what follows; may be empty.
        run_id: the run it is about; empty where there is none in the registry.
        link: the flow run in the Prefect UI; empty where there is no UI.
        at: when it happened, UTC.
    """

    occasion: Occasion
    queue: str
    headline: str
    at: datetime
    detail: str = ""
    run_id: str = ""
    link: str = ""

    @property
    def name(self) -> str:
        """The event's name."""
        return self.occasion.value

    @property
    def resource_id(self) -> str:
        """The queue, as Prefect's `prefect.resource.id`."""
        return f"reclaim.queue.{self.queue}"

    @property
    def event_id(self) -> UUID:
        """The same for the same notification, so that one that is sent twice arrives once."""
        about = (self.name, self.queue, self.run_id, self.link, self.at.isoformat())
        return uuid5(NAMESPACE_URL, "|".join(about))

    @property
    def payload(self) -> dict[str, Any]:
        """The parts of the message that is sent; `text` is the whole of it."""
        about = ", ".join(filter(None, (f"Queue {self.queue}", self.run_id and f"run {self.run_id}")))
        parts = (self.headline, self.detail, f"{about}.", f"What to do: {self.occasion.runbook}", self.link)
        return {
            "subject": f"{self.occasion.label}: {self.queue}",
            "text": "\n".join(filter(None, parts)),
            "headline": self.headline,
            "detail": self.detail,
            "queue": self.queue,
            "run_id": self.run_id,
            "link": self.link,
            "runbook": self.occasion.runbook,
            "at": self.at.isoformat(),
        }


def of_report(report: RunReport, link: str) -> Notification | None:
    """The notification about a run that has a report; None where it did its work, and for a dry run."""
    if report.dry_run or report.state not in (RunState.HALTED, RunState.FAILED):
        return None
    return Notification(
        _occasion_of(report),
        report.queue,
        headline(report),
        report.finished_at or report.started_at,
        report.explanation,
        report.run_id,
        link,
    )


def _occasion_of(report: RunReport) -> Occasion:
    if report.state is RunState.HALTED:
        return Occasion.HALTED
    # A run that only broke expectations asks for a person; any other failure is a bug.
    return Occasion.VALIDATION_FAILED if report.exit_code is ExitCode.NEEDS_A_PERSON else Occasion.FAILED


def of_error(error: BaseException | None, what: str, queue: str, at: datetime, link: str) -> Notification:
    """The notification about a flow run that ended without a report.

    Only our own errors are quoted: the text of any other may hold a body or a password.

    Args:
        error: what ended it; None where its process died.
        what: the flow run's name.
        queue: the queue it was to work on.
        at: when it ended, UTC.
        link: the flow run in the Prefect UI.
    """
    if isinstance(error, Halted):
        return Notification(Occasion.HALTED, queue, error.what, at, error.next_step, link=link)
    if isinstance(error, ReclaimError):
        verb = "was refused" if isinstance(error, UsageError) else "could not be done"
        return Notification(Occasion.FAILED, queue, f"The run {what} {verb}.", at, str(error), link=link)
    if error is None:
        sentence = f"The process of the run {what} died. The next run finishes its work safely."
        return Notification(Occasion.FAILED, queue, sentence, at, link=link)
    sentence = f"The run {what} ended in a bug: {type(error).__name__}."
    return Notification(Occasion.FAILED, queue, sentence, at, "Its log in Prefect says where.", link=link)


def of_question(question: str, queue: str, at: datetime, link: str, patience_seconds: float) -> Notification:
    """The notification to those who may approve a run that waits for its approval."""
    detail = f"The run waits for {duration(patience_seconds)}; approve or reject it in the Prefect UI, with Resume."
    plain = question.replace("**", "")  # the form shows Markdown, a message may not
    return Notification(Occasion.NEEDS_APPROVAL, queue, plain, at, detail, link=link)


def of_deadline(check: QueueCheck, state: WatchState, before: WatchState | None, link: str) -> Notification | None:
    """The notification that `state` says a deadline is near; None if it was near at the last check already."""
    if not state.deadline_near or (before and before.deadline_near) or check.oldest_sent_at is None:
        return None
    deadline = check.oldest_sent_at + timedelta(seconds=check.retention_seconds)
    left = (deadline - check.taken_at).total_seconds()
    when = f"in {duration(left)}" if left > 0 else "now"
    sentence = f"SQS drops the oldest of {check.unrecovered:,} messages {when}, at {deadline:%Y-%m-%d %H:%M} UTC."
    detail = f"A recovery would take {duration(check.eta_seconds)}"
    detail += " and come too late for some of them." if check.eta_seconds > left else "."
    return Notification(Occasion.DEADLINE_NEAR, check.queue, sentence, check.taken_at, detail, link=link)
