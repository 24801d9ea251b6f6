"""The events that follow from a check and from alarms.

However many alarms of a queue go off together, one recovery is asked for; and none while one is running.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from reclaim.model.queue_check import QueueCheck, WatchState
from reclaim.monitoring.alarm_notifications import AlarmNotification
from reclaim.monitoring.alarms import Alarm, Breach


class SignalName(StrEnum):
    """The events that watching emits."""

    ALARM = "reclaim.dlq.alarm"
    """Alarms are on that a recovery resolves. `prefect.yaml` starts one on it."""
    ATTENTION = "reclaim.dlq.attention"
    """Alarms went on that need a person."""
    CALM = "reclaim.dlq.calm"
    """Alarms went back to OK."""
    SPIKE = "reclaim.dlq.spike"
    """A check found a threshold reached that the check before did not; sooner than any alarm."""


@dataclass(frozen=True, slots=True)
class Signal:
    """One event to be emitted.

    Attributes:
        alarms: the names of the alarms behind it.
        at: when it happened.
    """

    name: SignalName
    queue: str
    alarms: tuple[str, ...]
    at: datetime

    @property
    def resource_id(self) -> str:
        """The queue, as Prefect's `prefect.resource.id`."""
        return f"reclaim.queue.{self.queue}"

    @property
    def event_id(self) -> UUID:
        """The same for the same signal, so that one that is emitted twice counts once."""
        return uuid5(NAMESPACE_URL, "|".join([self.name.value, self.queue, *self.alarms, self.at.isoformat()]))

    @property
    def payload(self) -> dict[str, Any]:
        """`request` holds the parameters of a recovery (`reclaim.requests.RecoverRequest`)."""
        reason = f"{', '.join(self.alarms)} at {self.at:%Y-%m-%d %H:%M:%S} UTC"
        request = {"queue": self.queue, "operator": "reclaim watch", "reason": reason}
        return {"queue": self.queue, "alarms": list(self.alarms), "at": self.at.isoformat(), "request": request}


def signals_of_alarms(notifications: Iterable[AlarmNotification], busy: frozenset[str]) -> list[Signal]:
    """One signal for all alarms of a queue in the same state.

    Only the newest notification of an alarm counts. No recovery is asked for where one runs: of a queue in `busy`.
    """
    newest: dict[str, AlarmNotification] = {}
    for one in sorted(notifications, key=lambda one: one.changed_at):
        newest[one.alarm] = one
    grouped: dict[tuple[SignalName, str], list[AlarmNotification]] = {}
    for one in newest.values():
        name = _signal_name(one)
        if name and not (name is SignalName.ALARM and one.queue in busy):
            grouped.setdefault((name, one.queue), []).append(one)
    return [
        Signal(name, queue, tuple(sorted(n.alarm for n in group)), max(n.changed_at for n in group))
        for (name, queue), group in grouped.items()
    ]


def _signal_name(notification: AlarmNotification) -> SignalName | None:
    if notification.state == "OK":
        # A new alarm becomes OK with its first data: nothing is over.
        return SignalName.CALM if notification.before == "ALARM" else None
    if notification.state == "ALARM":
        return SignalName.ALARM if notification.kind.starts_recovery else SignalName.ATTENTION
    return None


def spike(check: QueueCheck, found: Sequence[Breach], before: WatchState | None) -> Signal | None:
    """The reached thresholds that a recovery resolves and that were not reached at the last check; None without any."""
    known = before.above if before else frozenset()
    risen = sorted(f.alarm.name for f in found if f.alarm.kind.starts_recovery and f.alarm.kind.value not in known)
    return Signal(SignalName.SPIKE, check.queue, tuple(risen), check.taken_at) if risen else None


def lasting(
    check: QueueCheck, alarms_on: Iterable[Alarm], before: WatchState | None, pause: timedelta
) -> Signal | None:
    """Ask again where an alarm is still on and no recovery runs.

    CloudWatch notifies of a change only: without this, a recovery that was cancelled, halted or never started would
    be the last one.
    """
    names = sorted(alarm.name for alarm in alarms_on if alarm.kind.starts_recovery)
    since = [moment for moment in (check.last_run_started_at, before.asked_at if before else None) if moment]
    if not names or check.busy or (since and check.taken_at - max(since) < pause):
        return None
    return Signal(SignalName.ALARM, check.queue, tuple(names), check.taken_at)
