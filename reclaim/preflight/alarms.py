"""The alarms: that they are there, and that somebody hears them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reclaim.preflight.items import Item, Verdict, holds, skipped
from reclaim.preflight.result import Severity


@dataclass(frozen=True, slots=True)
class AlarmSeen:
    """One alarm as CloudWatch describes it.

    Attributes:
        actions: ARNs of what it tells when it goes off; empty where its actions are switched off.
    """

    name: str
    actions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AlarmsSeen:
    """The alarms that must be there.

    Attributes:
        wanted: their names.
        found: those that are there.
        subscribers: how many confirmed subscriptions each topic has that they tell; a topic that is not there is
            not in it.
    """

    wanted: tuple[str, ...]
    found: tuple[AlarmSeen, ...]
    subscribers: Mapping[str, int]


def alarm_items() -> tuple[Item[AlarmsSeen], ...]:
    """That each alarm is there, tells somebody, and that somebody exists and listens."""
    return (
        Item(
            "alarms.exist",
            "The alarms that tell of an outage are there",
            Severity.ADVISORY,
            "Run `reclaim provision`.",
            _exist,
        ),
        Item(
            "alarms.act",
            "Each alarm points somewhere",
            Severity.ADVISORY,
            "Run `reclaim provision`, or give the alarm an action and switch its actions on.",
            _act,
        ),
        Item(
            "alarms.topics",
            "What the alarms point to is there",
            Severity.ADVISORY,
            "Run `reclaim provision`, or correct the alarm's action.",
            _topics,
        ),
        Item(
            "alarms.heard",
            "Somebody has subscribed to what the alarms tell",
            Severity.ADVISORY,
            "Subscribe whoever is on call to the topic, and confirm it.",
            _heard,
        ),
    )


def _exist(seen: AlarmsSeen) -> Verdict:
    there = {alarm.name for alarm in seen.found}
    missing = [name for name in seen.wanted if name not in there]
    return holds(not missing, f"{len(seen.wanted)} there", f"not there: {', '.join(missing)}")


def _act(seen: AlarmsSeen) -> Verdict:
    if not seen.found:
        return skipped("There are no alarms.")
    silent = [alarm.name for alarm in seen.found if not alarm.actions]
    return holds(not silent, "each does", f"no action, or none that is switched on: {', '.join(silent)}")


def _topics(seen: AlarmsSeen) -> Verdict:
    topics = _told(seen)
    if not topics:
        return skipped("No alarm points anywhere.")
    missing = [topic for topic in topics if topic not in seen.subscribers]
    return holds(not missing, ", ".join(map(_name, topics)), f"not there: {', '.join(map(_name, missing))}")


def _heard(seen: AlarmsSeen) -> Verdict:
    topics = [topic for topic in _told(seen) if topic in seen.subscribers]
    if not topics:
        return skipped("There is no topic to listen to.")
    unheard = [_name(topic) for topic in topics if not seen.subscribers[topic]]
    return holds(not unheard, "each topic is", f"no confirmed subscription: {', '.join(unheard)}")


def _told(seen: AlarmsSeen) -> list[str]:
    return list(dict.fromkeys(action for alarm in seen.found for action in alarm.actions if _is_topic(action)))


def _is_topic(action: str) -> bool:
    return action.startswith("arn:") and action.split(":")[2] == "sns"


def _name(arn: str) -> str:
    return arn.rpartition(":")[2]
