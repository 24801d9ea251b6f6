"""The undo: take a run back where nothing has built on it since, and put its messages back."""

from __future__ import annotations

from datetime import UTC, datetime

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.runtime import flow_run

from flows.support.context import ports_of
from flows.support.ending import ends_with
from flows.support.finalizing import finalize_without_drain
from flows.support.undoing import UndoContext, undo_record
from reclaim.model.run import RunState
from reclaim.requests import UndoRequest
from reclaim.settings import read_settings
from reclaim.undo.model import UndoReport
from reclaim.undo.scope import destination, require_reason
from tasks.retrying import Retries
from tasks.undo import (
    detach,
    find_run,
    note_undone,
    open_undo,
    plan_undo,
    return_messages,
    show_undo,
    take_back,
    write_undo,
)


def undo_name() -> str:
    """The name of a flow run in the Prefect UI: which run is undone, and when."""
    request: UndoRequest = flow_run.parameters["request"]
    return f"{request.run_id} {datetime.now(UTC):%Y-%m-%d %H:%M:%S}" + (" dry run" if request.dry_run else "")


@flow(name="undo", flow_run_name=undo_name, persist_result=False)
def undo(request: UndoRequest) -> State[UndoReport]:
    """Take back what a run wrote where nothing has changed it since, and say what could not be taken back and why."""
    settings = read_settings()
    settings.require_tracking_key()
    undone = Retries(settings).around(find_run)(ports_of(settings, None), request.run_id)
    require_reason(request)
    ports = ports_of(settings, destination(undone, settings.queue, request.queue))
    run = UndoContext(ports, undo_record(request, undone, ports), request, undone)

    run.plan(run.do(plan_undo, ports, undone))
    if not run.writes:
        return ends_with(*run.foreseen())
    run.do(open_undo, ports, undone, run.record)
    with run.closed_on_error():
        for message_ids in run.message_batches():
            taken = run.do(take_back, ports, run.record, message_ids)
            refused = run.do(return_messages, ports, run.record, taken)
            run.totals.add_undone(taken.undos, [*taken.kept, *refused])
        for application_ids in run.application_batches():
            detached, kept = run.do(detach, ports, run.record, undone.run_id, application_ids)
            run.totals.add_detached(detached)
            run.totals.add_kept(kept)
        report = run.report()
        run.do(write_undo, ports, report)
        finalize_without_drain(run, run.ended(RunState.COMPLETED), "undo.json")
        run.do(note_undone, ports, run.record, undone.run_id)
        show_undo(report)
        return ends_with(report, report.headline)
