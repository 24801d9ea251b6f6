"""CloudWatch's notification of an alarm, as SNS delivers it to a queue. Anybody may have written it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import orjson

from reclaim.monitoring.alarms import AlarmKind, named

_QUEUE_NAME: Final = re.compile(r"^[A-Za-z0-9_-]{1,80}(\.fifo)?$")
_STATES: Final = ("OK", "ALARM", "INSUFFICIENT_DATA")


@dataclass(frozen=True, slots=True)
class Notice:
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
class Ignored:
    """A notification that nothing follows from. The reason quotes nothing of it."""

    reason: str


def read_notice(body: str) -> Notice | Ignored:
    """What a notification says; in SNS's envelope or without it. Never raises, whatever it holds."""
    alarm = _object(body)
    if alarm is not None and isinstance(alarm.get("Message"), str):
        alarm = _object(alarm["Message"])
    if alarm is None:
        return Ignored("it is not a JSON object")
    name, changed = alarm.get("AlarmName"), alarm.get("StateChangeTime")
    state, before = alarm.get("NewStateValue"), alarm.get("OldStateValue")
    about = named(name) if isinstance(name, str) else None
    if about is None or not _QUEUE_NAME.match(about[0]):
        return Ignored("it is about no alarm of ours")
    if not (state in _STATES and before in _STATES):
        return Ignored("it names no states of an alarm")
    changed_at = _moment(changed)
    if changed_at is None:
        return Ignored("it does not say when the alarm changed")
    return Notice(str(name), *about, str(state), str(before), changed_at)


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
