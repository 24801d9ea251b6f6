"""Whether a process is still alive, such as the one that owns a run."""

from __future__ import annotations

import os
import platform
from datetime import datetime, timedelta
from typing import Any, Final

import psutil

from reclaim.model.run import Owner, RunRecord, new_run_id

HEARTBEAT_SECONDS: Final = 5.0
LEASE: Final = timedelta(seconds=60)
"""A run on another machine whose heartbeat is older than this is dead."""

_START_TIME_TOLERANCE: Final = 2.0
"""Seconds. The start time is derived from the boot time, which moves a little when the clock is set. An ID comes round
again only after thousands of others, so this does not take another process for the one that is meant."""


def living(pid: int, started: float) -> psutil.Process | None:
    """This machine's process `pid`, if it runs and is the one that started then (seconds since the epoch)."""
    try:
        process = psutil.Process(pid)
        same = abs(process.create_time() - started) <= _START_TIME_TOLERANCE
        # A zombie has ended and only waits for its parent to read its exit code.
        return process if same and process.status() != psutil.STATUS_ZOMBIE else None
    except psutil.NoSuchProcess:
        return None


def this_process() -> Owner:
    """The calling process as the owner of a run."""
    return Owner(host=platform.node(), pid=os.getpid(), started=psutil.Process().create_time())


def begun(kind: str, at: datetime, **known: Any) -> RunRecord:  # noqa: ANN401
    """The registry's entry of a run that this process begins `at`; `known` are other fields of it."""
    return RunRecord(run_id=new_run_id(at), kind=kind, owner=this_process(), started_at=at, heartbeat_at=at, **known)


def is_alive(run: RunRecord, now: datetime) -> bool:
    """Whether the run's owner is alive: by its process on this machine, by its heartbeat elsewhere."""
    if run.owner.host != platform.node():
        return now - run.heartbeat_at < LEASE
    return living(run.owner.pid, run.owner.started) is not None
