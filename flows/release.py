"""The release: quarantined messages, edited, through the very pipeline that quarantined them."""

from __future__ import annotations

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.task_runners import ThreadPoolTaskRunner

from flows.support.context import DrainContext, drain_parameters, new_record, ports_of
from flows.support.finalizing import finalize
from flows.support.hooks import notify
from flows.support.lanes import drain
from flows.support.naming import run_name
from reclaim.quarantine.releasing import ReleaseOrder
from reclaim.quarantine.requests import ReleaseRequest
from reclaim.reports.model import RunReport
from reclaim.requests import MAX_LANES, RecoverRequest
from reclaim.settings import read_settings
from tasks.quarantine import plan_the_release
from tasks.retrying import Retries


@flow(
    name="release",
    flow_run_name=run_name,
    task_runner=ThreadPoolTaskRunner(max_workers=MAX_LANES),  # type: ignore[arg-type]
    persist_result=False,
    on_failure=[notify],
    on_crashed=[notify],
)
def release(request: ReleaseRequest) -> State[RunReport]:
    """Edit quarantined messages and send them through the pipeline again; the originals stay as they were received."""
    settings = read_settings()
    settings.require_tracking_key()
    ports = ports_of(settings, request.queue)
    asked = RecoverRequest(dry_run=request.dry_run, operator=request.operator, reason=request.reason)

    plan = Retries(settings).around(plan_the_release)(ports, request)
    record = new_record(
        "release",
        ports,
        request.operator,
        request.reason,
        queue=plan.queue or request.queue or settings.queue,
        parameters=drain_parameters(asked, settings) | plan.parameters(),
    )
    order = ReleaseOrder(record, plan.message_ids, plan.edit)
    run = DrainContext(ports_of(settings, record.queue, dry_run=request.dry_run, release=order), record, asked)
    with run.in_progress():
        drain(run)
    return finalize(run)
