"""The tasks that open a run and close its books."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from reclaim.adapters.bootstrap import Ports
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
def open_run(ports: Ports, run: RunRecord) -> Opening:
    """Reach everything the run needs before it touches anything, and enter it into the registry."""
    ports.tracking_key
    if ports.signer:
        ports.signer.key_id  # noqa: B018  (asks KMS: a key that cannot sign is found out now, not at the end)
    depth = ports.queue.depth()
    interrupted: tuple[str, ...] = ()
    # A dry run knows nothing of what others left in the ledger, and closes nobody's books.
    if not ports.is_dry_run:
        interrupted = tuple(
            interrupt(ports, found)
            for found in ports.runs.running()
            if found.run_id != run.run_id and not is_alive(found, ports.clock.now())
        )
    ports.runs.begin(run)
    return Opening(depth, interrupted)


@step
def look_at_queue(ports: Ports) -> QueueDepth:
    """What the queue says it holds."""
    return ports.queue.depth()


@step
def close_books(ports: Ports, run_id: str, progress: Progress) -> Books:
    """Count the outcomes in the ledger and set them against what was received.

    Messages that stayed in the queue are counted by the run: a store that was down knows nothing of them.
    """
    held = ports.ledger.count(run_id)
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
def save_run(ports: Ports, run: RunRecord) -> None:
    """Enter the run's account into the registry."""
    ports.runs.save(run)


@step
def release_rehearsal(ports: Ports) -> None:
    """Put back everything that a dry run held."""
    ports.release()


@step
def close_interrupted(ports: Ports, by: RunRecord, closed_by: str | None) -> None:
    """Count again what interrupted runs on the queue of run `by` left, and close those whose work it has done.

    Messages that they had decided may have changed since: an earlier event of the same client can have turned up.
    """
    for run in ports.runs.interrupted(by.queue):
        closes = run.kind == by.kind and _has_nothing_open(ports, run)
        ports.runs.save(_recounted(ports, run).model_copy(update={"closed_by": closed_by if closes else None}))


def _has_nothing_open(ports: Ports, run: RunRecord) -> bool:
    """Whether all that a release was to release has been dealt with; a run that drains a queue names no messages."""
    entries = ports.ledger.find(run.parameters.get("messages", ()))
    return not any(entry.is_open for entry in entries.values())


def interrupt(ports: Ports, run: RunRecord) -> str:
    """Mark a dead run, with what the ledger knows of it."""
    explanation = "Its process ended without giving an account; the counts are the ledger's."
    ended = {"state": RunState.INTERRUPTED, "finished_at": ports.clock.now(), "explanation": explanation}
    ports.runs.save(_recounted(ports, run).model_copy(update=ended))
    return run.run_id


def _recounted(ports: Ports, run: RunRecord) -> RunRecord:
    """The run with what the ledger now says it settled. What it left in hand belongs to whoever receives it next."""
    outcomes: Counter[Outcome] = Counter()
    causes: Counter[str] = Counter()
    for (outcome, cause), count in ports.ledger.count(run.run_id).items():
        if outcome.is_final:
            outcomes[outcome] += count
            causes[cause.value] += count
    counts = Counts.of(outcomes.total(), outcomes)
    return run.model_copy(update={"counts": counts.as_dict(), "causes": dict(causes)})
