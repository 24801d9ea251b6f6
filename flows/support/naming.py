"""What a flow run is called in the Prefect UI."""

from __future__ import annotations

from datetime import UTC, datetime

from prefect.runtime import flow_run

from reclaim.model.message import queue_name
from reclaim.requests import IngestRequest
from reclaim.settings import read_settings


def run_name() -> str:
    """Which queue, and when; a dry run says so."""
    request = flow_run.parameters.get("request")
    suffix = " dry run" if getattr(request, "dry_run", False) else ""
    return f"{queue_of(request)} {datetime.now(UTC):%Y-%m-%d %H:%M:%S}{suffix}"


def queue_of(request: object) -> str:
    """The name of the queue that a request is about: its own, else the settings'."""
    settings = read_settings()
    usual = settings.source_queue if isinstance(request, IngestRequest) else settings.queue
    return queue_name(getattr(request, "queue", None) or usual)
