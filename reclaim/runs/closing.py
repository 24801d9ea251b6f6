"""Closing the entries of other runs in the registry: runs that died, and runs whose work a later one has finished."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from reclaim.model.outcome import Counts, Outcome
from reclaim.model.run import RunRecord, RunState
from reclaim.ports import Ledger, RunRegistry
from reclaim.runs.liveness import is_alive

_DIED = "Its process ended without finalizing the run; the counts are the ledger's."


def interrupt_dead_runs(runs: RunRegistry, ledger: Ledger, own: str, now: datetime) -> tuple[str, ...]:
    """Mark every run that says it is running and has no live owner as interrupted, with what the ledger holds of it.

    The run with the ID `own`, which asks, is left alone.

    Returns:
        The IDs of the runs that were marked.
    """
    dead = [run for run in runs.running() if run.run_id != own and not is_alive(run, now)]
    for run in dead:
        runs.save(_recounted(run, ledger).ended(RunState.INTERRUPTED, now, explanation=_DIED))
    return tuple(run.run_id for run in dead)


def close_interrupted_runs(runs: RunRegistry, ledger: Ledger, by: RunRecord, *, queue_is_empty: bool) -> None:
    """Count again what interrupted runs on the queue of run `by` left, and close those whose work it has done."""
    for run in runs.interrupted(by.queue):
        closes = queue_is_empty and run.kind == by.kind and not _has_open_messages(run, ledger)
        update = {"closed_by": by.run_id if closes else None}
        runs.save(_recounted(run, ledger).model_copy(update=update))


def _has_open_messages(run: RunRecord, ledger: Ledger) -> bool:
    """Whether a release has messages left to release; a run that drains a queue names no messages."""
    return any(entry.is_open for entry in ledger.find(run.parameters.get("messages", ())).values())


def _recounted(run: RunRecord, ledger: Ledger) -> RunRecord:
    """The run with what the ledger now says it settled. What it left in hand belongs to the run that receives it."""
    outcomes: Counter[Outcome] = Counter()
    causes: Counter[str] = Counter()
    for (outcome, cause), count in ledger.count(run.run_id).items():
        if outcome.is_final:
            outcomes[outcome] += count
            causes[cause.value] += count
    counts = Counts.of(outcomes.total(), outcomes)
    return run.model_copy(update={"counts": counts.as_dict(), "causes": dict(causes)})
