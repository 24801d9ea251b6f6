"""The ingestion: the repaired main process. New events take the very path that a recovery gives to dead ones."""

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
from reclaim.reports.model import RunReport
from reclaim.requests import MAX_LANES, IngestRequest, RecoverRequest
from reclaim.settings import read_settings


@flow(
    name="ingest",
    flow_run_name=run_name,
    task_runner=ThreadPoolTaskRunner(max_workers=MAX_LANES),  # type: ignore[arg-type]
    persist_result=False,
    on_failure=[tell],
    on_crashed=[tell],
)
def ingest(request: IngestRequest = IngestRequest()) -> State[RunReport]:  # noqa: B008  (the form's defaults)
    """Take what the source queue holds into MongoDB, each client with its tracking ID."""
    run = prepare_ingestion(request)
    drain(run)
    return give_account(run)


def prepare_ingestion(request: IngestRequest) -> Run:
    """Open a run on the source queue. It needs no preflight and no approval: it is the ordinary course of business.

    Raises:
        SettingsError: no usable tracking key, no such queue, refused credentials; nothing was touched.
        TransientError: SQS or MongoDB cannot be reached.
    """
    settings = read_settings()
    settings.require_tracking_key()
    queue = request.queue or settings.source_queue
    asked = RecoverRequest(**request.model_dump())
    return Run(asked, new_record(asked, queue, settings, kind="ingest"), Target(queue), settings)
