"""What follows from a look and from alarms: which events are emitted, about which queue, asking for what.

However many alarms of a queue go off together, one recovery is asked for; and none while one is running.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from reclaim.model.queue_check import Look, Memory
from reclaim.monitoring.alarms import Alarm, Finding
from reclaim.monitoring.notifications import Notice


class SignalName(StrEnum):
    """The events that watching emits."""

    ALARM = "reclaim.dlq.alarm"
    """Alarms are on that a recovery mends. `prefect.yaml` starts one on it."""
    ATTENTION = "reclaim.dlq.attention"
    """Alarms went on that need a person."""
    CALM = "reclaim.dlq.calm"
    """Alarms went back to OK."""
    SPIKE = "reclaim.dlq.spike"
    """A look saw a threshold reached that the look before did not; sooner than any alarm."""


@dataclass(frozen=True, slots=True)
class Signal:
    """One event to be.

    Attributes:
        alarms: the names of the alarms behind it.
        at: when what it tells happened.
    """

    name: SignalName
    queue: str
    alarms: tuple[str, ...]
    at: datetime

    @property
    def resource_id(self) -> str:
        """Whom it concerns, as Prefect's `prefect.resource.id`."""
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


def signals_of_notices(notices: Iterable[Notice], busy: frozenset[str]) -> list[Signal]:
    """One signal for all alarms of a queue that say the same.

    Only the newest notice of an alarm counts: one that is over asks for nothing. A queue in `busy` is being recovered.
    """
    newest: dict[str, Notice] = {}
    for notice in sorted(notices, key=lambda notice: notice.changed_at):
        newest[notice.alarm] = notice
    grouped: dict[tuple[SignalName, str], list[Notice]] = {}
    for notice in newest.values():
        name = _signal_name(notice)
        if name and not (name is SignalName.ALARM and notice.queue in busy):
            grouped.setdefault((name, notice.queue), []).append(notice)
    return [
        Signal(name, queue, tuple(sorted(n.alarm for n in group)), max(n.changed_at for n in group))
        for (name, queue), group in grouped.items()
    ]


def _signal_name(notice: Notice) -> SignalName | None:
    if notice.state == "OK":
        # A new alarm becomes OK with its first data; nothing was the matter.
        return SignalName.CALM if notice.before == "ALARM" else None
    if notice.state == "ALARM":
        return SignalName.ALARM if notice.kind.starts_recovery else SignalName.ATTENTION
    return None


def spike(look: Look, found: Sequence[Finding], before: Memory | None) -> Signal | None:
    """The thresholds that a recovery mends and that were not reached at the last look."""
    known = before.above if before else frozenset()
    risen = sorted(f.alarm.name for f in found if f.alarm.kind.starts_recovery and f.alarm.kind.value not in known)
    return Signal(SignalName.SPIKE, look.queue, tuple(risen), look.taken_at) if risen else None


def lasting(look: Look, alarms_on: Iterable[Alarm], before: Memory | None, pause: timedelta) -> Signal | None:
    """Ask again where an alarm is still on though nobody works on it.

    CloudWatch notifies of a change only: without this, a recovery that was cancelled, halted or never started would
    be the last one.
    """
    names = sorted(alarm.name for alarm in alarms_on if alarm.kind.starts_recovery)
    since = [moment for moment in (look.last_run_started_at, before.asked_at if before else None) if moment]
    if not names or look.busy or (since and look.taken_at - max(since) < pause):
        return None
    return Signal(SignalName.ALARM, look.queue, tuple(names), look.taken_at)
