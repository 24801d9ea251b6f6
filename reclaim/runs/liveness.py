"""Tells whether the process that owns a run still lives."""

from __future__ import annotations

import os
import platform
from datetime import datetime, timedelta
from typing import Any, Final

import psutil

from reclaim.model.run import Owner, RunRecord, new_run_id

HEARTBEAT_SECONDS: Final = 5.0
LEASE: Final = timedelta(seconds=60)
"""A run on another machine that has not been heard of for this long is dead."""


def this_process() -> Owner:
    """The calling process as the owner of a run."""
    return Owner(host=platform.node(), pid=os.getpid(), started=psutil.Process().create_time())


def begun(kind: str, at: datetime, **known: Any) -> RunRecord:  # noqa: ANN401
    """The registry's entry of a run that this process begins `at`; `known` is what else is to be said, by field."""
    return RunRecord(run_id=new_run_id(at), kind=kind, owner=this_process(), started_at=at, heartbeat_at=at, **known)


def is_alive(run: RunRecord, now: datetime) -> bool:
    """Whether `run`'s owner lives: by its process on this machine, by its heartbeat elsewhere."""
    if run.owner.host != platform.node():
        return now - run.heartbeat_at < LEASE
    try:
        process = psutil.Process(run.owner.pid)
        # A recycled process ID belongs to a process that was created later; a zombie only waits to be buried.
        return abs(process.create_time() - run.owner.started) < 1 and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
