"""The hooks that send a notification about a run that did not end well."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any

from prefect import Flow
from prefect.client.schemas.objects import FlowRun, State

from flows.support.naming import queue_of
from reclaim.adapters.prefect_api.events import emit, link_to_run
from reclaim.model.errors import StackUnavailable
from reclaim.monitoring.run_notifications import Notification, of_error, of_report
from reclaim.reports.model import RunReport

_log = logging.getLogger(__name__)


def notify(flow: Flow[..., Any], flow_run: FlowRun, state: State[Any]) -> None:
    """The hook on failure and on a crash. A notification that cannot be sent changes nothing about the run."""
    notification = notification_of(flow, flow_run, state)
    if notification:
        send(notification)


def send(notification: Notification) -> None:
    """Hand it to Prefect's server; where that does not answer, the log has it."""
    try:
        emit([notification], "nobody was notified")
    except StackUnavailable as error:
        _log.warning("%s %s", error, notification.headline)


def notification_of(flow: Flow[..., Any], run: FlowRun, state: State[Any]) -> Notification | None:
    """The notification about a flow run that ended in `state`; None where none is due.

    A run that was started at a terminal and has no report has said so there.
    """
    link = link_to_run(run.id)
    ended: object = state.result(raise_on_failure=False) if state.is_failed() else None
    if isinstance(ended, RunReport):
        return of_report(ended, link)
    if not run.deployment_id:
        return None
    error = ended if isinstance(ended, BaseException) else None
    request = flow.validate_parameters(run.parameters).get("request")
    return of_error(error, run.name, queue_of(request), state.timestamp or datetime.now(UTC), link)
