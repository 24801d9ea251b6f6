"""The tasks that open a run, look at its queue, and close its entry and those of others."""

from __future__ import annotations

from dataclasses import dataclass

from reclaim.adapters.bootstrap import Ports
from reclaim.exposure.holding import require_contract
from reclaim.model.message import QueueDepth
from reclaim.model.run import RunRecord
from reclaim.runs.closing import close_interrupted_runs, interrupt_dead_runs
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


@step
def check_queue(ports: Ports) -> None:
    """Refuse a queue that is tagged for another contract.

    Raises:
        UsageError: it is; nothing was touched.
    """
    require_contract(ports.queue, ports.contract)


@step
def open_run(ports: Ports, run: RunRecord) -> Opening:
    """Reach everything the run needs before it touches anything, and enter it into the registry."""
    ports.settings.require_tracking_key()
    if ports.signer:
        ports.signer.key_id  # noqa: B018  (asks KMS: a key that cannot sign is found out now, not at the end)
    depth = ports.queue.depth()
    # A dry run knows nothing of what others left in the ledger, and closes no other run.
    now = ports.clock.now()
    dead = () if ports.is_dry_run else interrupt_dead_runs(ports.runs, ports.ledger, run.run_id, now)
    ports.runs.begin(run)
    return Opening(depth, dead)


@step
def look_at_queue(ports: Ports) -> QueueDepth:
    """What the queue says it holds."""
    return ports.queue.depth()


@step
def close_run(ports: Ports, run: RunRecord) -> None:
    """Enter what the run came to into the registry."""
    ports.runs.save(run)


@step
def release_held(ports: Ports) -> None:
    """Put back everything that a dry run held."""
    ports.release_held()


@step
def close_interrupted(ports: Ports, by: RunRecord, *, queue_is_empty: bool) -> None:
    """Count again what interrupted runs on this queue left, and close those whose work this run has done."""
    close_interrupted_runs(ports.runs, ports.ledger, by, queue_is_empty=queue_is_empty)
