"""The tasks of a look at a dead-letter queue: measure, publish, remember. Alarms are in `tasks.alarms`."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from prefect.runtime import flow_run

from reclaim.adapters.bootstrap import Ports
from reclaim.adapters.prefect_api.events import emit, link_to_run
from reclaim.exposure.holding import HoldingQueue, peek_all
from reclaim.exposure.retention import expected_pace
from reclaim.model.message import Message, QueueDepth
from reclaim.model.queue_check import Look, Memory, RunFigures, Sample
from reclaim.monitoring.alarms import Finding, alarms_for, findings
from reclaim.monitoring.deadline import is_near, warning
from reclaim.monitoring.history import History, history_of, hours_since_run
from reclaim.monitoring.latency import distribution
from reclaim.monitoring.metrics import metrics_of
from reclaim.monitoring.run_notifications import Notification
from reclaim.monitoring.sampling import is_due, records_in, sample_of, scaled
from reclaim.monitoring.signals import Signal, SignalName
from reclaim.runs.liveness import is_alive
from tasks.retrying import step

_RUNS: Final = 200
"""The newest runs that a look goes through."""

_ENTRIES: Final = 10_000
"""Entries of a run whose latencies are read. They come by message ID, which is random: a fair sample of more."""

_HOLD_SECONDS: Final = 20


@step
def recall(ports: Ports) -> Memory | None:
    """What the last look left."""
    return ports.watch_states.load(ports.queue.name)


@step
def look_at(ports: Ports, before: Memory | None) -> tuple[Look, Memory]:
    """Measure everything, once; and what the next look needs of it."""
    queue, now = ports.queue, ports.clock.now()
    depth, retention = queue.depth(), queue.retention()
    runs = ports.runs.latest(_RUNS)
    alive = [run for run in ports.runs.running() if is_alive(run, now)]
    history = history_of(queue.name, runs, alive)
    # The first look has nothing to tell of runs that are long over.
    told = before.runs if before else history.ended.keys()
    sample = _sample(ports, before, history, depth, now)
    oldest = sample.oldest_sent_at if sample else None
    pace = expected_pace(runs, queue.name, ports.settings.rate)
    elapsed = (now - before.looked_at).total_seconds() if before else 0.0
    look = Look(
        queue=queue.name,
        taken_at=now,
        depth=depth,
        retention_seconds=retention.total_seconds(),
        growth=(depth.total - before.unrecovered) / elapsed if before and elapsed > 0 else None,
        oldest_sent_at=oldest,
        money_at_risk=scaled(sample, depth.total) if sample else {},
        eta_seconds=depth.total / pace.messages_per_second,
        hours_since_run=hours_since_run(history, oldest, depth.total, now),
        last_run_started_at=history.started_at,
        busy=history.busy,
        ended=tuple(_figures(ports, run_id, history.ended[run_id]) for run_id in sorted(history.ended.keys() - told)),
    )
    near = is_near(look, ports.settings.notify_retention_percent)
    return look, _memory_of(look, history, sample, before).model_copy(update={"deadline_near": near})


@step
def publish_metrics(ports: Ports, look: Look) -> list[Finding]:
    """Metrics out; the thresholds that they reach."""
    metrics = metrics_of(look)
    ports.metrics.publish(metrics, look.taken_at)
    return findings(alarms_for(ports.settings, look.queue), metrics)


@step
def warn_of_deadline(look: Look, memory: Memory, before: Memory | None) -> Notification | None:
    """Tell, once, that messages are about to be lost to retention; what was told."""
    told = warning(look, memory, before, link_to_run(flow_run.id))
    emit([told] if told else [], "nobody was notified of the deadline", "Look again when it answers.")
    return told


@step
def remember(ports: Ports, memory: Memory, found: list[Finding], signals: list[Signal]) -> None:
    """Leave for the next look what it needs."""
    update: dict[str, object] = {"above": frozenset(finding.alarm.kind.value for finding in found)}
    if any(signal.name is SignalName.ALARM and signal.queue == memory.queue for signal in signals):
        update["asked_at"] = memory.looked_at
    ports.watch_states.save(memory.model_copy(update=update))


def _memory_of(look: Look, history: History, sample: Sample | None, before: Memory | None) -> Memory:
    return Memory(
        queue=look.queue,
        looked_at=look.taken_at,
        unrecovered=look.unrecovered,
        runs=frozenset(history.ended),
        sample=sample,
        asked_at=before.asked_at if before else None,
    )


def _sample(ports: Ports, before: Memory | None, history: History, depth: QueueDepth, now: datetime) -> Sample | None:
    """Messages read and put back; the last sample where it still tells something; None for an empty queue.

    Nothing is read while a run is at work: it would wait for what is held here.
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
    records = records_in(messages)
    waiting = records - ports.records.attributable(records)
    unchanged = last if last and not (history.ended_at and history.ended_at > last.taken_at) else None
    return sample_of(messages, ports.applications.uncharged(waiting), now, unchanged)


def _figures(ports: Ports, run_id: str, counts: dict[str, int]) -> RunFigures:
    steps = (entry.steps for entry in islice(ports.ledger.of_run(run_id), _ENTRIES))
    return RunFigures(run_id=run_id, counts=counts, latencies=distribution(steps))
