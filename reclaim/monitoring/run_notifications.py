"""What a person is told of who is not looking: the occasions, and what a notification says. Pure.

Each becomes an event in Prefect, from which an automation makes an e-mail, a message or a page (`reclaim.adapters.prefect_api.notifications`
creates it). A notification holds counts, names and sentences that the report holds too; never a body or a secret.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import NAMESPACE_URL, UUID, uuid5

from reclaim.model.errors import ExitCode, Halted, ReclaimError, UsageError
from reclaim.model.run import RunState
from reclaim.reports.model import RunReport
from reclaim.reports.verdict import headline
from reclaim.text.figures import duration


class Occasion(StrEnum):
    """The events that notify somebody."""

    HALTED = "reclaim.run.halted"
    """The breaker or a person stopped a run; what it had in hand is back in the queue."""
    FAILED = "reclaim.run.failed"
    """A run does not balance, or ended without giving an account."""
    VALIDATION_FAILED = "reclaim.run.validation_failed"
    """What a run left in MongoDB breaks a critical expectation."""
    NEEDS_APPROVAL = "reclaim.run.needs_approval"
    """A run is suspended until somebody besides its operator agrees."""
    DEADLINE_NEAR = "reclaim.dlq.deadline_near"
    """SQS drops the oldest message soon, or before a recovery would get to it."""

    @property
    def label(self) -> str:
        """In a few words, for a subject."""
        return _LABELS[self]

    @property
    def runbook(self) -> str:
        """Where it says what to do."""
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
    """One thing to be told.

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
        """Whom it concerns, as Prefect's `prefect.resource.id`."""
        return f"reclaim.queue.{self.queue}"

    @property
    def event_id(self) -> UUID:
        """The same for the same notification, so that one that is sent twice arrives once."""
        about = (self.name, self.queue, self.run_id, self.link, self.at.isoformat())
        return uuid5(NAMESPACE_URL, "|".join(about))

    @property
    def payload(self) -> dict[str, Any]:
        """What a message is made of; `text` is the whole of it."""
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
    """What to tell of a run that gave its account; None of one that did its work, and of a rehearsal."""
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
    # A run that is sound but for its expectations asks for a person; one that is not has a bug.
    return Occasion.VALIDATION_FAILED if report.exit_code is ExitCode.NEEDS_A_PERSON else Occasion.FAILED


def of_error(error: BaseException | None, what: str, queue: str, at: datetime, link: str) -> Notification:
    """What to tell of a flow run that gave no account.

    Only our own errors are quoted: the text of any other may hold what it met, a body or a password.

    Args:
        error: what ended it; None where its process died.
        what: the flow run's name.
        queue: which one it was to work on.
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
    """What to tell whoever may approve a run that waits for it."""
    detail = f"The run waits for {duration(patience_seconds)}; approve or reject it in the Prefect UI, with Resume."
    plain = question.replace("**", "")  # the form reads Markdown, a message need not
    return Notification(Occasion.NEEDS_APPROVAL, queue, plain, at, detail, link=link)
