"""The alarms: that they are there, and that somebody hears them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reclaim.preflight.items import Item, ItemCheck, holds, skipped
from reclaim.preflight.result import Severity


@dataclass(frozen=True, slots=True)
class AlarmSeen:
    """One alarm as CloudWatch describes it.

    Attributes:
        actions: ARNs of what it notifies when it goes off; empty where its actions are switched off.
    """

    name: str
    actions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AlarmsSeen:
    """The alarms that must be there.

    Attributes:
        wanted: their names.
        found: those that are there.
        subscribers: how many confirmed subscriptions each topic has that they notify; a topic that does not exist
            is not in it.
    """

    wanted: tuple[str, ...]
    found: tuple[AlarmSeen, ...]
    subscribers: Mapping[str, int]


def alarm_items() -> tuple[Item[AlarmsSeen], ...]:
    """That each alarm exists, has an action, and that a confirmed subscription receives it."""
    return (
        Item(
            "alarms.exist",
            "The alarms on an outage exist",
            Severity.ADVISORY,
            "Run `reclaim provision`.",
            _exist,
        ),
        Item(
            "alarms.act",
            "Each alarm has an action",
            Severity.ADVISORY,
            "Run `reclaim provision`, or give the alarm an action and switch its actions on.",
            _act,
        ),
        Item(
            "alarms.topics",
            "The topics that the alarms notify exist",
            Severity.ADVISORY,
            "Run `reclaim provision`, or correct the alarm's action.",
            _topics,
        ),
        Item(
            "alarms.heard",
            "Each topic that the alarms notify has a subscription",
            Severity.ADVISORY,
            "Subscribe the team on call to the topic, and confirm it.",
            _heard,
        ),
    )


def _exist(seen: AlarmsSeen) -> ItemCheck:
    there = {alarm.name for alarm in seen.found}
    missing = [name for name in seen.wanted if name not in there]
    return holds(not missing, f"{len(seen.wanted)} there", f"not there: {', '.join(missing)}")


def _act(seen: AlarmsSeen) -> ItemCheck:
    if not seen.found:
        return skipped("There are no alarms.")
    silent = [alarm.name for alarm in seen.found if not alarm.actions]
    return holds(not silent, "each does", f"no action, or none that is switched on: {', '.join(silent)}")


def _topics(seen: AlarmsSeen) -> ItemCheck:
    topics = _notified(seen)
    if not topics:
        return skipped("No alarm has an action.")
    missing = [topic for topic in topics if topic not in seen.subscribers]
    return holds(not missing, ", ".join(map(_name, topics)), f"not there: {', '.join(map(_name, missing))}")


def _heard(seen: AlarmsSeen) -> ItemCheck:
    topics = [topic for topic in _notified(seen) if topic in seen.subscribers]
    if not topics:
        return skipped("There is no topic to subscribe to.")
    unsubscribed = [_name(topic) for topic in topics if not seen.subscribers[topic]]
    return holds(not unsubscribed, "each has", f"no confirmed subscription: {', '.join(unsubscribed)}")


def _notified(seen: AlarmsSeen) -> list[str]:
    return list(dict.fromkeys(action for alarm in seen.found for action in alarm.actions if _is_topic(action)))


def _is_topic(action: str) -> bool:
    return action.startswith("arn:") and action.split(":")[2] == "sns"


def _name(arn: str) -> str:
    return arn.rpartition(":")[2]
