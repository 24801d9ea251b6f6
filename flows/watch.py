"""Watching: one look at a dead-letter queue; metrics out, alarms in, events where something must be done."""

from __future__ import annotations

from dataclasses import dataclass

from prefect import flow

from flows.support.naming import run_name
from reclaim.adapters.bootstrap import Target
from reclaim.model.queue_check import Look
from reclaim.monitoring.alarms import Finding
from reclaim.monitoring.signals import Signal
from reclaim.requests import WatchRequest
from reclaim.settings import read_settings
from tasks.alarms import relay_alarms
from tasks.retrying import Retries
from tasks.watch import look_at, publish_metrics, recall, remember, warn_of_deadline


@dataclass(frozen=True, slots=True)
class Watched:
    """What a look found, which thresholds it saw reached, and what it told Prefect."""

    look: Look
    found: list[Finding]
    signals: list[Signal]


@flow(name="watch", flow_run_name=run_name, persist_result=False)
def watch(request: WatchRequest = WatchRequest()) -> Watched:  # noqa: B008  (the form's defaults)
    """Look once at the dead-letter queue. Changes nothing in it."""
    settings = read_settings()
    target, retries = Target(request.queue or settings.queue), Retries(settings)
    before = retries.around(recall)(target)
    look, memory = retries.around(look_at)(target, before)
    found = retries.around(publish_metrics)(target, look)
    signals = retries.around(relay_alarms)(target, look, found, before)
    retries.around(warn_of_deadline)(look, memory, before)
    retries.around(remember)(target, memory, found, signals)
    return Watched(look, found, signals)
