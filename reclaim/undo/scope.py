"""Which runs can be taken back, and where their messages go."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from reclaim.contracts.contract import Contract
from reclaim.model.errors import UsageError
from reclaim.model.message import queue_name
from reclaim.model.run import RunRecord, RunState
from reclaim.ports import RunRegistry
from reclaim.requests import UndoRequest
from reclaim.runs.liveness import is_alive

BACKFILL: Final = "reconcile"
"""The kind of run that writes applications, not records."""

_NEVER: Final = {
    "undo": ("is an undo itself", "Recover its messages again: `reclaim recover`."),
    "discard": (
        "wrote messages off, which changed no record",
        "They are whole in the ledger: `reclaim quarantine show`.",
    ),
}


def run_to_undo(run_id: str, runs: RunRegistry, contract: Contract, now: datetime) -> RunRecord:
    """The run, if it can be taken back at all.

    Raises:
        UsageError: there is no such run, it is of another contract or of a kind that cannot be taken back, or it is
            still in progress.
    """
    run = runs.get(run_id)
    if run is None:
        raise UsageError(f"There is no run {run_id}.", "Give the ID that its report and its folder are named by.")
    if run.contract != contract.name:
        raise UsageError(
            f"Run {run_id} belongs to contract {run.contract!r}, not to {contract.name!r}.",
            "Set RECLAIM_CONTRACT to that contract.",
        )
    if run.kind in _NEVER:
        what, next_step = _NEVER[run.kind]
        raise UsageError(f"Run {run_id} {what}, and cannot be undone.", next_step)
    if run.state is RunState.RUNNING and is_alive(run, now):
        raise UsageError(f"Run {run_id} is still in progress.", "Undo it when it has ended.")
    return run


def require_reason(request: UndoRequest) -> None:
    """Refuse an undo that writes and has no reason.

    Raises:
        UsageError: it has none.
    """
    if not (request.dry_run or request.reason):
        raise UsageError("An undo needs a reason, which is kept with it.", "Give one with --reason.")


def require_alone(run: RunRecord, runs: RunRegistry, now: datetime) -> None:
    """Refuse to work on a queue that another run works on: a recovery of the same messages, or another undo.

    Raises:
        UsageError: another run is in progress there.
    """
    for other in runs.running():
        if other.run_id != run.run_id and other.queue == run.queue and is_alive(other, now):
            raise UsageError(f"Run {other.run_id} is working on {run.queue} now.", "Undo this one when that has ended.")


def destination(run: RunRecord, configured: str, asked: str | None) -> str:
    """The dead-letter queue that the run's messages go back to: a name or a URL.

    What an `ingest` took from the source queue goes to the dead-letter queue too: from the source queue it would be
    taken again at once.

    Raises:
        UsageError: another queue is asked for than the one they came from.
    """
    wanted = asked or configured
    if run.kind == "ingest" or queue_name(wanted) == run.queue:
        return wanted
    if asked:
        raise UsageError(f"The messages of run {run.run_id} came from {run.queue}.", "Name that queue, or none.")
    return run.queue
