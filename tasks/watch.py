"""The tasks of a check of a dead-letter queue: measure, publish, save. Alarms are in `tasks.alarms`."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from prefect.runtime import flow_run

from reclaim.adapters.bootstrap import Ports
from reclaim.adapters.prefect_api.events import emit, link_to_run
from reclaim.exposure.holding import HoldingQueue, peek_all, require_contract
from reclaim.exposure.retention import expected_pace
from reclaim.model.message import Message, QueueDepth
from reclaim.model.queue_check import QueueCheck, QueueSample, RunFigures, WatchState
from reclaim.monitoring.alarms import Breach, alarms_for, breaches
from reclaim.monitoring.metrics import distribution, metrics_of
from reclaim.monitoring.run_history import RunHistory, history_of, hours_since_run
from reclaim.monitoring.run_notifications import Notification, of_deadline
from reclaim.monitoring.sampling import is_due, records_in, sample_of, scaled
from reclaim.monitoring.signals import Signal, SignalName
from reclaim.runs.liveness import is_alive
from tasks.retrying import step

_RUNS: Final = 200
"""The newest runs that a check goes through."""

_ENTRIES: Final = 10_000
"""Entries of a run whose latencies are read. They come by message ID, which is random: a fair sample of more."""

_HOLD_SECONDS: Final = 20


@step
def load_watch_state(ports: Ports) -> WatchState | None:
    """What the last check left."""
    return ports.watch_states.load(ports.queue.name)


@step
def measure_queue(ports: Ports, before: WatchState | None) -> tuple[QueueCheck, WatchState]:
    """Measure everything, once; and what the next check needs of it.

    Raises:
        UsageError: the queue is tagged for another contract.
    """
    queue, now = ports.queue, ports.clock.now()
    require_contract(queue, ports.contract)
    depth, retention = queue.depth(), queue.retention()
    runs = ports.runs.latest(_RUNS)
    alive = [run for run in ports.runs.running() if is_alive(run, now)]
    history = history_of(queue.name, runs, alive)
    # Runs that ended before the first check are not published.
    published = before.runs if before else history.ended.keys()
    sample = _sample(ports, before, history, depth, now)
    oldest = sample.oldest_sent_at if sample else None
    pace = expected_pace(runs, queue.name, ports.settings.rate)
    elapsed = (now - before.checked_at).total_seconds() if before else 0.0
    fresh = sorted(history.ended.keys() - published)
    check = QueueCheck(
        queue=queue.name,
        taken_at=now,
        depth=depth,
        retention_seconds=retention.total_seconds(),
        growth=(depth.total - before.unrecovered) / elapsed if before and elapsed > 0 else None,
        oldest_sent_at=oldest,
        money_at_risk=_money_at_risk(ports, sample, depth),
        eta_seconds=depth.total / pace.messages_per_second,
        hours_since_run=hours_since_run(history, oldest, depth.total, now),
        last_run_started_at=history.started_at,
        busy=history.busy,
        ended=tuple(_figures(ports, run_id, history.ended[run_id]) for run_id in fresh),
    )
    state = WatchState(
        queue=check.queue,
        checked_at=check.taken_at,
        unrecovered=check.unrecovered,
        runs=frozenset(history.ended),
        sample=sample,
        asked_at=before.asked_at if before else None,
        deadline_near=check.is_deadline_near(ports.settings.notify_retention_percent),
    )
    return check, state


@step
def publish_metrics(ports: Ports, check: QueueCheck) -> list[Breach]:
    """Metrics out; the thresholds that they reach."""
    metrics = metrics_of(check)
    ports.metrics.publish(metrics, check.taken_at)
    return breaches(alarms_for(ports.settings, check.queue), metrics)


@step
def notify_of_deadline(check: QueueCheck, state: WatchState, before: WatchState | None) -> Notification | None:
    """Notify, once, that messages are about to be lost to retention; the notification, if one was due."""
    due = of_deadline(check, state, before, link_to_run(flow_run.id))
    emit([due] if due else [], "nobody was notified of the deadline", "Run `reclaim watch` again later.")
    return due


@step
def save_watch_state(ports: Ports, state: WatchState, found: list[Breach], signals: list[Signal]) -> None:
    """Leave for the next check what it needs."""
    update: dict[str, object] = {"above": frozenset(breach.alarm.kind.value for breach in found)}
    if any(signal.name is SignalName.ALARM and signal.queue == state.queue for signal in signals):
        update["asked_at"] = state.checked_at
    ports.watch_states.save(state.model_copy(update=update))


def _sample(
    ports: Ports, before: WatchState | None, history: RunHistory, depth: QueueDepth, now: datetime
) -> QueueSample | None:
    """A new sample where one is due, else the last; None for an empty queue.

    No message is received while a run works: it would wait for what is held here.
    """
    if not depth.total:
        return None
    last = before.sample if before else None
    interval = timedelta(seconds=ports.settings.watch_sample_seconds)
    if history.busy or not depth.visible or not is_due(before, now, interval, history.ended_at):
        return last
    messages: list[Message] = []
    held = HoldingQueue(ports.queue, _HOLD_SECONDS, ports.clock)
    peek_all(held, ports.settings.watch_sample_messages, 1, _HOLD_SECONDS, messages.extend)
    if not messages:
        return last
    unchanged = last if last and not (history.ended_at and history.ended_at > last.taken_at) else None
    if ports.contract.revenue is None:
        return sample_of(messages, (), now, unchanged)
    records = records_in(messages, ports.contract)
    waiting = records - ports.records.attributable(records)
    return sample_of(messages, ports.applications.uncharged(waiting), now, unchanged)


def _money_at_risk(ports: Ports, sample: QueueSample | None, depth: QueueDepth) -> dict[str, int] | None:
    if ports.contract.revenue is None:
        return None
    return scaled(sample, depth.total) if sample else {}


def _figures(ports: Ports, run_id: str, counts: dict[str, int]) -> RunFigures:
    steps = (entry.steps for entry in islice(ports.ledger.of_run(run_id), _ENTRIES))
    return RunFigures(run_id=run_id, counts=counts, latencies=distribution(steps))
