"""Puts a planned outage where a recovery will find it: first what MongoDB held before, then the dead letters."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from reclaim.adapters.aws.outage import OutageQueues
from reclaim.adapters.mongo.outage import OutageStore
from reclaim.local.outage.plan import Outage
from reclaim.model.errors import UsageError
from reclaim.model.message import Outgoing


class Phase(StrEnum):
    """What staging is at."""

    STORING = "storing"
    SENDING = "sending"
    REDRIVING = "redriving"


OnProgress = Callable[[Phase, int, int], None]
"""Told the phase, how many of it are done, and how many there are; always from the caller's own thread."""


def require_stageable(outage: Outage, queues: OutageQueues, store: OutageStore) -> None:
    """Make sure that nothing is in the way; changes nothing.

    Raises:
        UsageError: this seed is staged already, or the source queue is not empty.
        SettingsError: the two queues do not belong together.
        QueueUnavailable, StoreUnavailable: SQS or MongoDB cannot be reached.
    """
    if store.holds("clients", f"cl_{outage.seed}_"):
        raise UsageError(f"An outage of seed {outage.seed} is staged in this database already.", "Take another --seed.")
    queues.require_free()


def stage(outage: Outage, queues: OutageQueues, store: OutageStore, on_progress: OnProgress) -> int:
    """Stage `outage`; how many messages were seen to arrive in the dead-letter queue.

    Fewer than were sent means that something drains that queue already.

    Raises:
        QueueUnavailable, StoreUnavailable: it is staged in part; staging again takes another seed.
    """
    _store(outage, store, on_progress)
    total = len(outage.messages)
    messages = (Outgoing.of(message.body, message.attributes) for message in outage.messages)
    queues.send(messages, lambda done: on_progress(Phase.SENDING, done, total))
    return queues.redrive(
        total, lambda done: on_progress(Phase.REDRIVING, done, total), timeout_seconds=120 + total / 20
    )


def _store(outage: Outage, store: OutageStore, on_progress: OnProgress) -> None:
    documents = {
        "clients": [dict(client) for client in outage.clients],
        "applications": [application.document() for application in outage.applications],
        "charges": [charge.document() for charge in outage.charges],
    }
    total, done = sum(map(len, documents.values())), 0
    for collection, batch in documents.items():
        done += store.insert(collection, batch)
        on_progress(Phase.STORING, done, total)
