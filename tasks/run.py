"""The tasks that open a run and close its books."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from reclaim.adapters.bootstrap import Adapters, Target, adapters
from reclaim.model.message import QueueDepth
from reclaim.model.outcome import Counts, Outcome
from reclaim.model.run import RunRecord, RunState
from reclaim.recovery.drain import Progress
from reclaim.runs.liveness import is_alive
from tasks.retrying import step


@dataclass(frozen=True, slots=True)
class Opening:
    """What was found when the run was opened.

    Attributes:
        depth: what the queue said it held.
        interrupted: earlier runs that were still marked as running, with no live owner.
    """

    depth: QueueDepth
    interrupted: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Books:
    """A run's counts as its account gives them.

    Attributes:
        checked: whether the outcomes were counted in the ledger, not only in this process.
    """

    counts: Counts
    causes: dict[str, int]
    checked: bool


@step
def open_run(target: Target, run: RunRecord) -> Opening:
    """Reach everything the run needs before it touches anything, and enter it into the registry."""
    outside = adapters(target)
    outside.settings.require_tracking_key()
    if outside.signer:
        outside.signer.key_id  # noqa: B018  (asks KMS: a key that cannot sign is found out now, not at the end)
    depth = outside.queue.depth()
    interrupted: tuple[str, ...] = ()
    # A dry run knows nothing of what others left in the ledger, and closes nobody's books.
    if not target.rehearsal:
        interrupted = tuple(
            interrupt(outside, found)
            for found in outside.runs.running()
            if found.run_id != run.run_id and not is_alive(found, outside.clock.now())
        )
    outside.runs.begin(run)
    return Opening(depth, interrupted)


@step
def look_at_queue(target: Target) -> QueueDepth:
    """What the queue says it holds."""
    return adapters(target).queue.depth()


@step
def close_books(target: Target, run_id: str, progress: Progress) -> Books:
    """Count the outcomes in the ledger and set them against what was received.

    Messages that stayed in the queue are counted by the run: a store that was down knows nothing of them.
    """
    held = adapters(target).ledger.count(run_id)
    final = {key: count for key, count in held.items() if key[0].is_final}
    outcomes: Counter[Outcome] = Counter()
    causes: Counter[str] = Counter()
    for (outcome, cause), count in final.items():
        outcomes[outcome] += count
        causes[cause.value] += count
    outcomes[Outcome.DEFERRED] = progress.counts.deferred
    causes.update(progress.deferred_causes)
    return Books(Counts.of(progress.counts.received, outcomes), dict(causes), checked=True)


def unchecked_books(progress: Progress) -> Books:
    """The run's own counts, for when the ledger cannot be asked."""
    return Books(progress.counts, progress.causes, checked=False)


@step
def save_run(target: Target, run: RunRecord) -> None:
    """Enter the run's account into the registry."""
    adapters(target).runs.save(run)


@step
def release_rehearsal(target: Target) -> None:
    """Put back everything that a dry run held."""
    adapters(target).release()


@step
def close_interrupted(target: Target, by: RunRecord, closed_by: str | None) -> None:
    """Count again what interrupted runs on the queue of run `by` left, and close those whose work it has done.

    Messages that they had decided may have changed since: an earlier event of the same client can have turned up.
    """
    outside = adapters(target)
    for run in outside.runs.interrupted(by.queue):
        closes = run.kind == by.kind and _has_nothing_open(outside, run)
        outside.runs.save(_recounted(outside, run).model_copy(update={"closed_by": closed_by if closes else None}))


def _has_nothing_open(outside: Adapters, run: RunRecord) -> bool:
    """Whether all that a release was to release has been dealt with; a run that drains a queue names no messages."""
    entries = outside.ledger.find(run.parameters.get("messages", ()))
    return not any(entry.is_open for entry in entries.values())


def interrupt(outside: Adapters, run: RunRecord) -> str:
    """Mark a dead run, with what the ledger knows of it."""
    explanation = "Its process ended without giving an account; the counts are the ledger's."
    ended = {"state": RunState.INTERRUPTED, "finished_at": outside.clock.now(), "explanation": explanation}
    outside.runs.save(_recounted(outside, run).model_copy(update=ended))
    return run.run_id


def _recounted(outside: Adapters, run: RunRecord) -> RunRecord:
    """The run with what the ledger now says it settled. What it left in hand belongs to whoever receives it next."""
    outcomes: Counter[Outcome] = Counter()
    causes: Counter[str] = Counter()
    for (outcome, cause), count in outside.ledger.count(run.run_id).items():
        if outcome.is_final:
            outcomes[outcome] += count
            causes[cause.value] += count
    counts = Counts.of(outcomes.total(), outcomes)
    return run.model_copy(update={"counts": counts.as_dict(), "causes": dict(causes)})
