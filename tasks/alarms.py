"""The task that passes alarms on: notifications in, events for Prefect's automations out."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Final

from reclaim.adapters.bootstrap import Ports
from reclaim.adapters.prefect_api.events import emit
from reclaim.model.message import Receipt
from reclaim.model.queue_check import Look, Memory
from reclaim.monitoring.alarms import Finding, alarms_for
from reclaim.monitoring.notifications import Ignored, Notice, read_notice
from reclaim.monitoring.signals import Signal, SignalName, lasting, signals_of_notices, spike
from reclaim.runs.liveness import is_alive
from tasks.retrying import step

_log = logging.getLogger(__name__)

_CALLS: Final = 20
_CALL_LIMIT: Final = 10
"""A look reads at most 200 notifications; the next one reads on."""

_WAIT_SECONDS: Final = 1
_HIDDEN_SECONDS: Final = 60


@step
def relay_alarms(ports: Ports, look: Look, found: list[Finding], before: Memory | None) -> list[Signal]:
    """Emit what follows from alarms and from the look; a notification is deleted when its event has arrived."""
    notices, receipts = _read_notices(ports)
    busy = frozenset(run.queue for run in ports.runs.running() if is_alive(run, look.taken_at))
    signals = signals_of_notices(notices, busy)
    if not any(signal.name is SignalName.ALARM and signal.queue == look.queue for signal in signals):
        signals += _still_on(ports, look, before)
    risen = spike(look, found, before)
    signals += [risen] if risen else []
    # A lost event would be a recovery that never starts.
    emit(signals, "no recovery was asked for", "The alarms' notifications are kept: look again when it answers.")
    ports.notifications.delete(receipts)
    return signals


def _still_on(ports: Ports, look: Look, before: Memory | None) -> list[Signal]:
    """What to ask for again, because CloudWatch says that alarms are on which no notification tells of any more."""
    alarms = {alarm.name: alarm for alarm in alarms_for(ports.settings, look.queue)}
    on = [alarms[name] for name, state in ports.metrics.states(list(alarms)).items() if state == "ALARM"]
    again = lasting(look, on, before, timedelta(seconds=ports.settings.watch_pause_seconds))
    return [again] if again else []


def _read_notices(ports: Ports) -> tuple[list[Notice], list[Receipt]]:
    """The notifications that wait. What is none of CloudWatch's about an alarm of ours is read and dropped."""
    notices: list[Notice] = []
    receipts: list[Receipt] = []
    for _ in range(_CALLS):
        messages = ports.notifications.receive(_CALL_LIMIT, _WAIT_SECONDS, _HIDDEN_SECONDS)
        receipts += [message.receipt for message in messages]
        for message in messages:
            notice = read_notice(message.body)
            if isinstance(notice, Ignored):
                _log.warning("notification %s is ignored: %s", message.message_id, notice.reason)
            else:
                notices.append(notice)
        if not messages:
            break
    return notices, receipts
