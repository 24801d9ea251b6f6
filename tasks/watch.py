"""The tasks of a look at a dead-letter queue: measure, publish, pass alarms on."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

import httpx
from prefect.client.orchestration import get_client
from prefect.events import Event
from prefect.exceptions import PrefectHTTPStatusError

from reclaim.adapters.bootstrap import Adapters, Target, adapters
from reclaim.adapters.dry_run import HoldingQueue
from reclaim.adapters.looking import look_at_all
from reclaim.errors import StackUnavailable
from reclaim.letters import DeadLetter, QueueDepth, Receipt
from reclaim.liveness import is_alive
from reclaim.retention import expected_pace
from reclaim.watching.alarms import Alarm, Finding, alarms_for, findings
from reclaim.watching.history import History, history_of, hours_since_run
from reclaim.watching.latency import distribution
from reclaim.watching.look import Look, Memory, RunFigures, Sample
from reclaim.watching.metrics import metrics_of
from reclaim.watching.notifications import Ignored, Notice, read_notice
from reclaim.watching.sampling import clients_in, is_due, sample_of, scaled
from reclaim.watching.signals import Signal, SignalName, lasting, signals_of_notices, spike
from tasks.retrying import step

_log = logging.getLogger(__name__)

_RUNS: Final = 200
"""The newest runs that a look goes through."""

_ENTRIES: Final = 10_000
"""Entries of a run whose latencies are read. They come by message ID, which is random: a fair sample of more."""

_HOLD_SECONDS: Final = 20
_CALLS: Final = 20
_CALL_LIMIT: Final = 10
"""A look reads at most 200 notifications; the next one, a minute later, reads on."""


@step
def recall(target: Target) -> Memory | None:
    """What the last look left."""
    outside = adapters(target)
    return outside.recollection.recall(outside.queue.name)


@step
def look_at(target: Target, before: Memory | None) -> tuple[Look, Memory]:
    """Measure everything, once; and what the next look needs of it."""
    outside = adapters(target)
    queue, now = outside.queue, outside.clock.now()
    depth, retention = queue.depth(), queue.retention()
    runs = outside.runs.latest(_RUNS)
    alive = [run for run in outside.runs.running() if is_alive(run, now)]
    history = history_of(queue.name, runs, alive)
    # The first look has nothing to tell of runs that are long over.
    told = before.runs if before else history.ended.keys()
    sample = _sample(outside, before, history, depth, now)
    oldest = sample.oldest_sent_at if sample else None
    pace = expected_pace(runs, queue.name, outside.settings.rate)
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
        ended=tuple(_figures(outside, run_id, history.ended[run_id]) for run_id in sorted(history.ended.keys() - told)),
    )
    memory = Memory(
        queue=look.queue,
        looked_at=now,
        unrecovered=depth.total,
        runs=frozenset(history.ended),
        sample=sample,
        asked_at=before.asked_at if before else None,
    )
    return look, memory


@step
def publish_metrics(target: Target, look: Look) -> list[Finding]:
    """Metrics out; the thresholds that they reach."""
    outside = adapters(target)
    metrics = metrics_of(look)
    outside.metrics.publish(metrics, look.taken_at)
    return findings(_alarms(outside, look), metrics)


@step
def relay_alarms(target: Target, look: Look, found: list[Finding], before: Memory | None) -> list[Signal]:
    """Emit what follows from alarms and from the look; a notification is deleted when its event has arrived."""
    outside = adapters(target)
    notices, receipts = _read_notices(outside)
    alive = frozenset(run.queue for run in outside.runs.running() if is_alive(run, look.taken_at))
    signals = signals_of_notices(notices, alive)
    if not any(signal.name is SignalName.ALARM and signal.queue == look.queue for signal in signals):
        alarms = {alarm.name: alarm for alarm in _alarms(outside, look)}
        on = [alarms[name] for name, state in outside.metrics.states(list(alarms)).items() if state == "ALARM"]
        again = lasting(look, on, before, timedelta(seconds=outside.settings.watch_pause_seconds))
        signals += [again] if again else []
    risen = spike(look, found, before)
    signals += [risen] if risen else []
    emit(signals)
    outside.notifications.delete(receipts)
    return signals


@step
def remember(target: Target, memory: Memory, found: list[Finding], signals: list[Signal]) -> None:
    """Leave for the next look what it needs."""
    update: dict[str, object] = {"above": frozenset(finding.alarm.kind.value for finding in found)}
    if any(signal.name is SignalName.ALARM and signal.queue == memory.queue for signal in signals):
        update["asked_at"] = memory.looked_at
    adapters(target).recollection.keep(memory.model_copy(update=update))


def emit(signals: Sequence[Signal]) -> None:
    """Hand events to Prefect's server, and know that it has them: a lost one would be a recovery that never starts.

    Raises:
        StackUnavailable: Prefect's server did not take them.
    """
    if not signals:
        return
    events = [
        Event(
            id=signal.event_id,
            event=signal.name.value,
            resource={"prefect.resource.id": signal.resource_id, "prefect.resource.name": signal.queue},
            payload=signal.payload,
        ).model_dump(mode="json")
        for signal in signals
    ]
    try:
        with get_client(sync_client=True) as server:
            server.request("POST", "/events", json=events).raise_for_status()
    except (httpx.HTTPError, PrefectHTTPStatusError) as error:
        raise StackUnavailable(
            "The Prefect server did not take the events, so no recovery was asked for.",
            "The alarms' notifications are kept: look again when it answers.",
        ) from error


def _sample(
    outside: Adapters, before: Memory | None, history: History, depth: QueueDepth, now: datetime
) -> Sample | None:
    """Messages read and put back; the last sample where it still tells something; None for an empty queue.

    Nothing is read while a run is at work: it would wait for what is held here.
    """
    if not depth.total:
        return None
    last = before.sample if before else None
    interval = timedelta(seconds=outside.settings.watch_sample_seconds)
    if history.busy or not depth.visible or not is_due(before, now, interval, history.ended_at):
        return last
    letters: list[DeadLetter] = []
    held = HoldingQueue(outside.queue, _HOLD_SECONDS, outside.clock)
    look_at_all(held, outside.settings.watch_sample_messages, 1, _HOLD_SECONDS, letters.extend)
    if not letters:
        return last
    clients = clients_in(letters)
    waiting = clients - outside.clients.attributable(clients)
    unchanged = last if last and not (history.ended_at and history.ended_at > last.taken_at) else None
    return sample_of(letters, outside.applications.uncharged(waiting), now, unchanged)


def _figures(outside: Adapters, run_id: str, counts: dict[str, int]) -> RunFigures:
    steps = (entry.steps for entry in islice(outside.ledger.of_run(run_id), _ENTRIES))
    return RunFigures(run_id=run_id, counts=counts, latencies=distribution(steps))


def _alarms(outside: Adapters, look: Look) -> tuple[Alarm, ...]:
    return alarms_for(outside.settings, look.queue)


def _read_notices(outside: Adapters) -> tuple[list[Notice], list[Receipt]]:
    """The notifications that wait. What is none of CloudWatch's about an alarm of ours is read and dropped."""
    notices: list[Notice] = []
    receipts: list[Receipt] = []
    for _ in range(_CALLS):
        letters = outside.notifications.receive(_CALL_LIMIT, 1, 60)
        receipts += [letter.receipt for letter in letters]
        for letter in letters:
            notice = read_notice(letter.body)
            if isinstance(notice, Ignored):
                _log.warning("notification %s is ignored: %s", letter.message_id, notice.reason)
            else:
                notices.append(notice)
        if len(letters) < _CALL_LIMIT:
            break
    return notices, receipts
