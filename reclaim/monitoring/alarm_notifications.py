"""CloudWatch's notification of an alarm, as SNS delivers it to a queue. Its content is not trusted."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import orjson

from reclaim.monitoring.alarms import AlarmKind, parse_alarm_name

_QUEUE_NAME: Final = re.compile(r"^[A-Za-z0-9_-]{1,80}(\.fifo)?$")
_STATES: Final = ("OK", "ALARM", "INSUFFICIENT_DATA")


@dataclass(frozen=True, slots=True)
class AlarmNotification:
    """An alarm of ours that changed its state.

    Attributes:
        state, before: OK, ALARM or INSUFFICIENT_DATA, now and until then.
        changed_at: when, UTC.
    """

    alarm: str
    queue: str
    kind: AlarmKind
    state: str
    before: str
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class IgnoredNotification:
    """A notification that has no effect. The reason quotes nothing of it."""

    reason: str


def read_alarm_notification(body: str) -> AlarmNotification | IgnoredNotification:
    """What a notification says; in SNS's envelope or without it. Never raises, whatever it holds."""
    alarm = _object(body)
    if alarm is not None and isinstance(alarm.get("Message"), str):
        alarm = _object(alarm["Message"])
    if alarm is None:
        return IgnoredNotification("it is not a JSON object")
    name, changed = alarm.get("AlarmName"), alarm.get("StateChangeTime")
    state, before = alarm.get("NewStateValue"), alarm.get("OldStateValue")
    about = parse_alarm_name(name) if isinstance(name, str) else None
    if about is None or not _QUEUE_NAME.match(about[0]):
        return IgnoredNotification("it is not about an alarm of ours")
    if not (state in _STATES and before in _STATES):
        return IgnoredNotification("it names no states of an alarm")
    changed_at = _moment(changed)
    if changed_at is None:
        return IgnoredNotification("it does not say when the alarm changed")
    return AlarmNotification(str(name), *about, str(state), str(before), changed_at)


def _object(text: str) -> dict[str, Any] | None:
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, dict) else None


def _moment(text: object) -> datetime | None:
    """CloudWatch writes `2026-11-23T07:03:46.915+0000`."""
    try:
        moment = datetime.fromisoformat(text) if isinstance(text, str) else None
        return moment.astimezone(UTC) if moment and moment.tzinfo else None
    except (ValueError, OverflowError):
        return None
