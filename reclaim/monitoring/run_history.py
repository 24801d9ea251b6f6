"""The recoveries of a queue, as far as watching needs them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from pydantic import BaseModel, ConfigDict

from reclaim.model.run import RunRecord, RunState

_CAME_TO_ITS_END = (RunState.COMPLETED, RunState.FAILED)


class RunHistory(BaseModel):
    """The recoveries of one queue, without dry runs.

    Attributes:
        busy: one is running.
        done_at: when one last came to its end by itself; a halted or interrupted one did not.
        ended_at, started_at: when the newest of them ended and started, however it ended.
        ended: the IDs and counts of all that ended.
    """

    model_config = ConfigDict(frozen=True)

    busy: bool = False
    done_at: datetime | None = None
    ended_at: datetime | None = None
    started_at: datetime | None = None
    ended: dict[str, dict[str, int]] = {}


def history_of(queue: str, runs: Iterable[RunRecord], alive: Iterable[RunRecord]) -> RunHistory:
    """The history of `queue` in `runs`; `alive` are the runs that are running now."""
    mine = [run for run in runs if run.queue == queue and run.kind == "recover" and not run.parameters.get("dry_run")]
    ended = [(run.finished_at, run) for run in mine if run.finished_at]
    return RunHistory(
        busy=any(run.queue == queue for run in alive),
        done_at=max((at for at, run in ended if run.state in _CAME_TO_ITS_END), default=None),
        ended_at=max((at for at, _ in ended), default=None),
        started_at=max((run.started_at for run in mine), default=None),
        ended={run.run_id: run.counts for _, run in ended},
    )


def hours_since_run(history: RunHistory, oldest_sent_at: datetime | None, unrecovered: int, now: datetime) -> float:
    """Since a recovery came to its end; see `reclaim.model.queue_check.QueueCheck`."""
    if history.busy:
        return 0.0
    since = history.done_at or (oldest_sent_at if unrecovered else None)
    return (now - since).total_seconds() / 3600 if since else 0.0
