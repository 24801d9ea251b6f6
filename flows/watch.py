"""Watching: one check of a dead-letter queue; metrics out, alarms in, events where something must be done."""

from __future__ import annotations

from dataclasses import dataclass

from prefect import flow

from flows.support.naming import run_name
from reclaim.adapters.bootstrap import open_ports
from reclaim.model.queue_check import QueueCheck
from reclaim.monitoring.alarms import Breach
from reclaim.monitoring.signals import Signal
from reclaim.requests import WatchRequest
from reclaim.settings import read_settings
from tasks.alarms import relay_alarms
from tasks.retrying import Retries
from tasks.watch import load_watch_state, measure_queue, notify_of_deadline, publish_metrics, save_watch_state


@dataclass(frozen=True, slots=True)
class WatchResult:
    """What a check found, which thresholds were reached, and the events that were emitted."""

    check: QueueCheck
    found: list[Breach]
    signals: list[Signal]


@flow(name="watch", flow_run_name=run_name, persist_result=False)
def watch(request: WatchRequest = WatchRequest()) -> WatchResult:  # noqa: B008  (the form's defaults)
    """Check the dead-letter queue once. Changes nothing in it."""
    settings = read_settings()
    ports, retries = open_ports(settings, request.queue or ""), Retries(settings)

    before = retries.around(load_watch_state)(ports)
    check, state = retries.around(measure_queue)(ports, before)
    found = retries.around(publish_metrics)(ports, check)
    signals = retries.around(relay_alarms)(ports, check, found, before)
    retries.around(notify_of_deadline)(check, state, before)
    retries.around(save_watch_state)(ports, state, found, signals)
    return WatchResult(check, found, signals)
