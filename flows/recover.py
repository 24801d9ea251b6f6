"""The recovery: drain the dead-letter queue, restore the identities, validate, report."""

from __future__ import annotations

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.task_runners import ThreadPoolTaskRunner

from flows.support.approval import agreed
from flows.support.context import DrainContext, drain_parameters, new_record, ports_of
from flows.support.finalizing import finalize
from flows.support.hooks import notify
from flows.support.lanes import drain
from flows.support.naming import run_name
from reclaim.reports.model import RunReport
from reclaim.requests import MAX_LANES, RecoverRequest
from reclaim.settings import read_settings
from tasks.preflight import check_before
from tasks.retrying import Retries
from tasks.run import check_queue


@flow(
    name="recover",
    flow_run_name=run_name,
    task_runner=ThreadPoolTaskRunner(max_workers=MAX_LANES),  # type: ignore[arg-type]
    persist_result=False,
    on_failure=[notify],
    on_crashed=[notify],
)
def recover(request: RecoverRequest = RecoverRequest()) -> State[RunReport]:  # noqa: B008  (the form's defaults)
    """Recover every record that the dead-letter queue holds, and account for every message."""
    settings = read_settings()
    settings.require_tracking_key()
    ports, retries = ports_of(settings, request.queue, dry_run=request.dry_run), Retries(settings)

    retries.around(check_queue)(ports)
    failed = retries.around(check_before)(ports, request.override_preflight)
    request = agreed(request, ports, retries)

    parameters = drain_parameters(request, settings)
    if failed:
        parameters["preflight_failed"] = "; ".join(failed)
    record = new_record(
        "recover",
        ports,
        request.operator,
        request.reason,
        approver=request.approver or "",
        parameters=parameters,
    )
    run = DrainContext(ports, record, request)
    with run.in_progress():
        drain(run)
    return finalize(run)
