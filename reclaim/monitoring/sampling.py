"""What some messages of a queue say about all of it.

SQS tells neither the first send of its oldest message nor what is in any of them: they have to be received, which
raises their receive count and with it the time for which a recovery hides those that it defers. So few are read, and
seldom: when the queue has just filled, after a run, and then once in a long while.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta

from reclaim.contracts.client_created import Rejection, read_event
from reclaim.model.message import Message
from reclaim.model.queue_check import Memory, Sample
from reclaim.model.uncharged import Uncharged


def is_due(before: Memory | None, now: datetime, interval: timedelta, run_ended_at: datetime | None) -> bool:
    """Whether the last sample tells nothing any more: there is none, it is old, or a run came since."""
    if before is None or before.sample is None:
        return True
    taken_at = before.sample.taken_at
    return now - taken_at >= interval or bool(run_ended_at and run_ended_at > taken_at)


def records_in(messages: Iterable[Message]) -> set[str]:
    """The clients that these messages are about, as far as they can be read."""
    readings = (read_event(message.body) for message in messages)
    return {reading.record_key for reading in readings if not isinstance(reading, Rejection)}


def sample_of(messages: list[Message], uncharged: Iterable[Uncharged], now: datetime, before: Sample | None) -> Sample:
    """These messages, with the uncharged applications of their clients.

    `before` is the sample of the same messages, no run between: it may have met an older one.
    """
    money: Counter[str] = Counter()
    for part in uncharged:
        money[part.currency] += part.amount_minor
    sent = [message.sent_at for message in messages]
    if before and before.oldest_sent_at:
        sent.append(before.oldest_sent_at)
    return Sample(
        taken_at=now, seen=len(messages), oldest_sent_at=min(sent, default=None), money=dict(sorted(money.items()))
    )


def scaled(sample: Sample, messages: int) -> dict[str, int]:
    """The sample's money for so many messages, in whole minor units."""
    if not sample.seen:
        return {}
    return {currency: minor * messages // sample.seen for currency, minor in sample.money.items()}
