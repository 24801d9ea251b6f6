"""Estimates about a queue from a sample of its messages.

SQS does not say when its oldest message was first sent. Messages have to be received to know, which raises their
receive count and with it the time for which a recovery hides those that it defers. So few are received, and seldom:
when the queue has just filled, after a run, and then every `watch_sample_seconds`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta

from reclaim.contracts.contract import Contract
from reclaim.contracts.reading import read_event
from reclaim.model.event import Event
from reclaim.model.message import Message
from reclaim.model.queue_check import QueueSample, WatchState
from reclaim.model.uncharged import Uncharged


def is_due(before: WatchState | None, now: datetime, interval: timedelta, run_ended_at: datetime | None) -> bool:
    """Whether a new sample is due: there is none, it is older than `interval`, or a run ended since."""
    if before is None or before.sample is None:
        return True
    taken_at = before.sample.taken_at
    return now - taken_at >= interval or bool(run_ended_at and run_ended_at > taken_at)


def records_in(messages: Iterable[Message], contract: Contract) -> set[str]:
    """The keys of the records that these messages are about, as far as they can be read."""
    readings = (read_event(message.body, contract) for message in messages)
    return {reading.record_key for reading in readings if isinstance(reading, Event)}


def sample_of(
    messages: list[Message], uncharged: Iterable[Uncharged], now: datetime, before: QueueSample | None
) -> QueueSample:
    """The sample of these messages, with the uncharged applications of their records.

    `before` is the last sample if no run ended since: it may hold an older message of the same queue.
    """
    money: Counter[str] = Counter()
    for part in uncharged:
        money[part.currency] += part.amount_minor
    sent = [message.sent_at for message in messages]
    if before and before.oldest_sent_at:
        sent.append(before.oldest_sent_at)
    return QueueSample(
        taken_at=now, seen=len(messages), oldest_sent_at=min(sent, default=None), money=dict(sorted(money.items()))
    )


def scaled(sample: QueueSample, messages: int) -> dict[str, int]:
    """The sample's money for so many messages, in whole minor units."""
    if not sample.seen:
        return {}
    return {currency: minor * messages // sample.seen for currency, minor in sample.money.items()}
