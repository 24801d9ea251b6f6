"""Four eyes on a large recovery: named on the command line, or asked for in the Prefect UI."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from prefect.exceptions import Pause
from prefect.flow_runs import suspend_flow_run
from prefect.input import RunInput
from prefect.runtime import deployment, flow_run
from pydantic import Field

from flows.support.context import new_record
from flows.support.hooks import send
from flows.support.naming import queue_of
from reclaim.adapters.bootstrap import Ports
from reclaim.adapters.prefect_api.events import link_to_run
from reclaim.model.errors import Halted, UsageError
from reclaim.model.run import RunState
from reclaim.monitoring.run_notifications import of_question
from reclaim.requests import RecoverRequest
from reclaim.runs.approval import check_approval
from reclaim.settings import Settings
from tasks.approval import approval_needed
from tasks.retrying import Retries
from tasks.run import close_run

_ASKED_AT_MOST: Final = 5


class ApprovalDecision(StrEnum):
    """What an approver says."""

    REJECT = "reject"
    APPROVE = "approve"


class Approval(RunInput):
    """The form that a suspended recovery shows in the Prefect UI."""

    decision: ApprovalDecision = Field(
        ApprovalDecision.REJECT, title="Decision", description="A rejected recovery touches nothing and ends."
    )
    approver: str = Field(
        min_length=1, max_length=200, title="Approver", description="Your name; never that of the operator."
    )
    reason: str = Field(min_length=1, max_length=2000, title="Reason", description="Why; kept with the run.")


def agreed(request: RecoverRequest, ports: Ports, retries: Retries) -> RecoverRequest:
    """The request with everything that its size demands; a dry run changes nothing and needs no agreement.

    A run of a deployment is suspended until somebody has filled in the form; Prefect fails it where nobody does in
    time. Anywhere else there is nobody to ask.

    Raises:
        UsageError: an approver is needed and not named, or is the operator; nothing was touched.
        Halted: the approver rejected it; nothing was touched.
    """
    settings = ports.settings
    operator, approver = request.operator or settings.operator, request.approver or ""
    check_approval(None, operator, approver, request.reason)
    if request.dry_run or all(map(str.strip, (approver, request.reason))):  # what has everything is not looked at
        return request
    needed = retries.around(approval_needed)(ports, request.max_messages)
    if needed and deployment.id:
        try:
            return _asked(request, operator, needed, settings)
        except Halted as refusal:
            # What was refused, and why, is part of the record.
            record = new_record("recover", ports, operator, request.reason)
            ended = record.ended(RunState.HALTED, record.started_at, explanation=refusal.what, balanced=True)
            retries.around(close_run)(ports, ended)
            raise
    check_approval(needed, operator, approver, request.reason)
    return request


def _asked(request: RecoverRequest, operator: str, needed: str, settings: Settings) -> RecoverRequest:
    """The request with what a person answered; asked again where the answer is the operator's own."""
    question = f"{needed}\n\nAsked for by **{operator}**: {request.reason or 'no reason given'}."
    for _ in range(_ASKED_AT_MOST):
        answer = _ask(question, queue_of(request), settings.approval_timeout_seconds)
        if answer.decision is ApprovalDecision.REJECT:
            raise Halted(f"{answer.approver} rejected the recovery: {answer.reason}. Nothing was touched.")
        try:
            check_approval(needed, operator, answer.approver, answer.reason)
        except UsageError as error:
            question = f"{error.what}\n\n{needed}"
            continue
        reason = "; ".join(filter(None, (request.reason, answer.reason)))
        return request.model_copy(update={"approver": answer.approver, "reason": reason})
    raise Halted(f"The operator was named as approver {_ASKED_AT_MOST} times. Nothing was touched.")


def _ask(question: str, queue: str, timeout_seconds: int) -> Approval:
    """Suspend this run until the form is filled in; the worker then runs the flow again from its beginning.

    Who may answer is notified when the run has been suspended: not by the runs after it, which only fetch the answer.

    Not paused in its process, although nothing has begun yet: a pause gives the deployment's slot back, and Prefect
    ends a running flow whose slot it cannot renew after four minutes.
    """
    form = Approval.with_initial_data(description=question)
    try:
        return suspend_flow_run(wait_for_input=form, timeout=timeout_seconds)
    except Pause:
        send(of_question(question, queue, datetime.now(UTC), link_to_run(flow_run.id), timeout_seconds))
        raise
