"""How a service is."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Literal

import psutil

from reclaim.local.layout import Layout
from reclaim.local.processes import ProcessRecord
from reclaim.local.service import Service

ServiceState = Literal["up", "not answering", "dead", "down"]


@dataclass(frozen=True)
class ServiceStatus:
    """A service at one moment.

    Args:
        service: its short name.
        title: its name for people.
        state: `up`; `not answering`, though its process runs; `dead`, ended without being stopped; `down`, not started.
        url: where it answers or would; empty when down.
        pid: its process; None unless it runs.
        uptime_seconds: since its start; None unless it runs.
        memory_bytes: resident, with its children; None unless it runs.
    """

    service: str
    title: str
    state: ServiceState
    url: str = ""
    pid: int | None = None
    uptime_seconds: float | None = None
    memory_bytes: int | None = None


def status_of(service: Service, layout: Layout) -> ServiceStatus:
    """Check a service's process and ask it once; takes seconds at most."""
    record = ProcessRecord.load(layout.record(service.name))
    if record is None:
        return ServiceStatus(service.name, service.title, "down")
    url = service.url(record.port)
    process = record.process()
    if process is None:
        return ServiceStatus(service.name, service.title, "dead", url)
    return ServiceStatus(
        service=service.name,
        title=service.title,
        state="up" if service.probe(record.port) else "not answering",
        url=url,
        pid=record.pid,
        uptime_seconds=round(time.time() - record.create_time, 1),
        memory_bytes=_memory(process),
    )


def _memory(process: psutil.Process) -> int | None:
    try:
        return sum(p.memory_info().rss for p in (process, *process.children(recursive=True)))
    except psutil.Error:  # one of them has just ended
        return None
