"""The release: quarantined messages, edited, through the very pipeline that quarantined them."""

from __future__ import annotations

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.task_runners import ThreadPoolTaskRunner

from flows.support.account import give_account
from flows.support.hooks import tell
from flows.support.lanes import drain
from flows.support.naming import run_name
from flows.support.run import Run, new_record
from reclaim.adapters.bootstrap import Target
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
    on_failure=[tell],
    on_crashed=[tell],
)
def release(request: ReleaseRequest) -> State[RunReport]:
    """Edit quarantined messages and send them through the pipeline again; the originals stay as they were received."""
    run = prepare_release(request)
    drain(run)
    return give_account(run)


def prepare_release(request: ReleaseRequest) -> Run:
    """Choose and edit the messages, and open a run that drains them instead of a queue.

    Raises:
        UsageError: unknown messages, or an edit that is no good or does not apply; nothing was touched.
        SettingsError: no usable tracking key, no rules.
        TransientError: MongoDB cannot be reached.
    """
    settings = read_settings()
    settings.require_tracking_key()
    asked = RecoverRequest(dry_run=request.dry_run, operator=request.operator, reason=request.reason)
    plan = Retries(settings).around(plan_the_release)(Target(settings.queue), request)
    record = new_record(asked, plan.queue or request.queue or settings.queue, settings, kind="release")
    record.parameters.update(plan.parameters())
    order = ReleaseOrder(
        queue=record.queue,
        message_ids=plan.message_ids,
        edit=plan.edit,
        run_id=record.run_id,
        operator=record.operator,
        reason=record.reason,
    )
    return Run(asked, record, Target(record.queue, record.run_id if request.dry_run else "", order), settings)
