"""The task that passes alarms on: notifications in, events for Prefect's automations out."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Final

from reclaim.adapters.bootstrap import Ports
from reclaim.adapters.prefect_api.events import emit
from reclaim.model.message import CALL_LIMIT, Receipt
from reclaim.model.queue_check import QueueCheck, WatchState
from reclaim.monitoring.alarm_notifications import AlarmNotification, IgnoredNotification, read_alarm_notification
from reclaim.monitoring.alarms import Breach, alarms_for
from reclaim.monitoring.signals import Signal, SignalName, lasting, signals_of_alarms, spike
from reclaim.runs.liveness import is_alive
from tasks.retrying import step

_log = logging.getLogger(__name__)

_CALLS: Final = 20
"""A check reads at most 200 notifications; the next one reads on."""

_WAIT_SECONDS: Final = 1
_HIDDEN_SECONDS: Final = 60


@step
def relay_alarms(ports: Ports, check: QueueCheck, found: list[Breach], before: WatchState | None) -> list[Signal]:
    """Emit the events that follow from alarms and the check; a notification is deleted once its event has arrived."""
    notifications, receipts = _read_notifications(ports)
    busy = frozenset(run.queue for run in ports.runs.running() if is_alive(run, check.taken_at))
    signals = signals_of_alarms(notifications, busy)
    if not any(signal.name is SignalName.ALARM and signal.queue == check.queue for signal in signals):
        signals += _still_on(ports, check, before)
    risen = spike(check, found, before)
    signals += [risen] if risen else []
    # A lost event would be a recovery that never starts.
    emit(signals, "no recovery was asked for", "The alarms' notifications are kept: run `reclaim watch` again later.")
    ports.notifications.delete(receipts)
    return signals


def _still_on(ports: Ports, check: QueueCheck, before: WatchState | None) -> list[Signal]:
    """What to ask for again because alarms are on in CloudWatch, which notifies only of changes."""
    alarms = {alarm.name: alarm for alarm in alarms_for(ports.settings, check.queue)}
    on = [alarms[name] for name, state in ports.metrics.states(list(alarms)).items() if state == "ALARM"]
    again = lasting(check, on, before, timedelta(seconds=ports.settings.watch_pause_seconds))
    return [again] if again else []


def _read_notifications(ports: Ports) -> tuple[list[AlarmNotification], list[Receipt]]:
    """The notifications that wait. One that is not CloudWatch's about an alarm of ours is logged and dropped."""
    notifications: list[AlarmNotification] = []
    receipts: list[Receipt] = []
    for _ in range(_CALLS):
        messages = ports.notifications.receive(CALL_LIMIT, _WAIT_SECONDS, _HIDDEN_SECONDS)
        receipts += [message.receipt for message in messages]
        for message in messages:
            notification = read_alarm_notification(message.body)
            if isinstance(notification, IgnoredNotification):
                _log.warning("notification %s is ignored: %s", message.message_id, notification.reason)
            else:
                notifications.append(notification)
        if not messages:
            break
    return notifications, receipts
