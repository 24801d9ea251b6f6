"""The recovery: drain the dead-letter queue, restore the tracking IDs, validate, report."""

from __future__ import annotations

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.task_runners import ThreadPoolTaskRunner

from flows.support.account import give_account
from flows.support.hooks import tell
from flows.support.lanes import drain
from flows.support.naming import run_name
from flows.support.run import prepare
from reclaim.reports.model import RunReport
from reclaim.requests import MAX_LANES, RecoverRequest


@flow(
    name="recover",
    flow_run_name=run_name,
    task_runner=ThreadPoolTaskRunner(max_workers=MAX_LANES),  # type: ignore[arg-type]
    persist_result=False,
    on_failure=[tell],
    on_crashed=[tell],
)
def recover(request: RecoverRequest = RecoverRequest()) -> State[RunReport]:  # noqa: B008  (the form's defaults)
    """Bring back every client that the dead-letter queue holds, and account for every message."""
    run = prepare(request)
    drain(run)
    return give_account(run)
