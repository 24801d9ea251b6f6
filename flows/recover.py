"""The recovery: drain the dead-letter queue, restore the tracking IDs, validate, report."""

from __future__ import annotations

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.task_runners import ThreadPoolTaskRunner

from flows.account import give_account
from flows.lanes import drain_lane, wait_for
from flows.run import Run, prepare, run_name
from reclaim.reports.model import RunReport
from reclaim.requests import MAX_LANES, RecoverRequest


@flow(
    name="recover",
    flow_run_name=run_name,
    task_runner=ThreadPoolTaskRunner(max_workers=MAX_LANES),  # type: ignore[arg-type]
    persist_result=False,
)
def recover(request: RecoverRequest = RecoverRequest()) -> State[RunReport]:  # noqa: B008  (the form's defaults)
    """Bring back every client that the dead-letter queue holds, and account for every message."""
    run: Run = prepare(request)
    with run.in_progress():
        lanes = [drain_lane.submit(run, number) for number in range(1, run.lanes + 1)]
        wait_for(lanes, run)
    return give_account(run)
