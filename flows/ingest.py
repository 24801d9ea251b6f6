"""The ingestion: the repaired main process. New events take the same path that a recovery gives to dead letters."""

from __future__ import annotations

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.task_runners import ThreadPoolTaskRunner

from flows.support.context import DrainContext, drain_parameters, new_record, ports_of
from flows.support.finalizing import finalize
from flows.support.hooks import notify
from flows.support.lanes import drain
from flows.support.naming import run_name
from reclaim.reports.model import RunReport
from reclaim.requests import MAX_LANES, IngestRequest, RecoverRequest
from reclaim.settings import read_settings
from tasks.retrying import Retries
from tasks.run import check_queue


@flow(
    name="ingest",
    flow_run_name=run_name,
    task_runner=ThreadPoolTaskRunner(max_workers=MAX_LANES),  # type: ignore[arg-type]
    persist_result=False,
    on_failure=[notify],
    on_crashed=[notify],
)
def ingest(request: IngestRequest = IngestRequest()) -> State[RunReport]:  # noqa: B008  (the form's defaults)
    """Take what the source queue holds into MongoDB, each record with its identity.

    It needs no preflight and no approval: it is routine.
    """
    settings = read_settings()
    settings.require_tracking_key()
    ports = ports_of(settings, request.queue or settings.source_queue)
    asked = RecoverRequest(**request.model_dump())

    Retries(settings).around(check_queue)(ports)
    record = new_record("ingest", ports, request.operator, request.reason, parameters=drain_parameters(asked, settings))
    run = DrainContext(ports, record, asked)
    with run.in_progress():
        drain(run)
    return finalize(run)
