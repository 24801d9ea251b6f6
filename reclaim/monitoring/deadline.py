"""Whether messages are about to be lost to retention: the oldest is nearly too old, or a recovery would be too late."""

from __future__ import annotations

from datetime import timedelta

from reclaim.model.queue_check import Look, Memory
from reclaim.monitoring.run_notifications import Notification, Occasion
from reclaim.text.figures import duration


def is_near(look: Look, percent: float) -> bool:
    """Whether the oldest message has used up `percent` of its retention, or is dropped before a recovery ends.

    Nothing is near while nobody knows how old the oldest message is.
    """
    used, oldest = look.retention_percent, look.oldest_seconds
    if not look.unrecovered or used is None or oldest is None:
        return False
    return used >= percent or oldest + look.eta_seconds > look.retention_seconds


def warning(look: Look, memory: Memory, before: Memory | None, link: str) -> Notification | None:
    """What to tell of a deadline that `memory` says is near; None if the look before saw it already."""
    if not memory.deadline_near or (before and before.deadline_near) or look.oldest_sent_at is None:
        return None
    deadline = look.oldest_sent_at + timedelta(seconds=look.retention_seconds)
    left = (deadline - look.taken_at).total_seconds()
    when = f"in {duration(left)}" if left > 0 else "now"
    headline = f"SQS drops the oldest of {look.unrecovered:,} messages {when}, at {deadline:%Y-%m-%d %H:%M} UTC."
    detail = f"A recovery would take {duration(look.eta_seconds)}"
    detail += " and come too late for some of them." if look.eta_seconds > left else "."
    return Notification(Occasion.DEADLINE_NEAR, look.queue, headline, look.taken_at, detail, link=link)
