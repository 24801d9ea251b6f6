"""The undo: take a run back where nothing has built on it since, and put its messages back."""

from __future__ import annotations

from datetime import UTC, datetime

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.runtime import flow_run

from flows.support.undoing import Undoing, give_account, prepare, rehearse
from reclaim.requests import UndoRequest
from reclaim.undo.model import UndoReport
from tasks.undo import detach, put_back, take_back


def undo_name() -> str:
    """The name of a flow run in the Prefect UI: which run is undone, and when."""
    request: UndoRequest = flow_run.parameters["request"]
    return f"{request.run_id} {datetime.now(UTC):%Y-%m-%d %H:%M:%S}" + (" dry run" if request.dry_run else "")


@flow(name="undo", flow_run_name=undo_name, persist_result=False)
def undo(request: UndoRequest) -> State[UndoReport]:
    """Take back what a run wrote where nothing has changed it since, and say what could not be taken back and why."""
    undoing: Undoing = prepare(request)
    if not undoing.writes:
        return rehearse(undoing)
    with undoing.in_progress():
        for message_ids in undoing.message_batches():
            taken = undoing.do(take_back, undoing.target, undoing.record, message_ids)
            refused = undoing.do(put_back, undoing.target, undoing.record, taken)
            undoing.tally.took_back(taken.undos, [*taken.kept, *refused])
        for application_ids in undoing.application_batches():
            detached, kept = undoing.do(detach, undoing.target, undoing.record, undoing.undone.run_id, application_ids)
            undoing.tally.detached(detached)
            undoing.tally.keep(kept)
        return give_account(undoing)
