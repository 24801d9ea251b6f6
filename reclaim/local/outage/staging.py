"""Stages a planned outage where a recovery will find it: first what MongoDB held before, then the messages.

Only on a stack of this machine, unless the caller says that another one is meant.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from reclaim.adapters.aws.outage import OutageQueues, sqs_endpoint
from reclaim.adapters.mongo.connection import connect
from reclaim.adapters.mongo.outage import OutageStore
from reclaim.local.outage.planned import Outage
from reclaim.local.outage.truth import truth_of, write_truth
from reclaim.model.errors import UsageError
from reclaim.model.message import Outgoing
from reclaim.settings import Settings


class StagingPhase(StrEnum):
    """What staging is at."""

    STORING = "storing"
    SENDING = "sending"
    REDRIVING = "redriving"


OnStagingProgress = Callable[[StagingPhase, int, int], None]
"""Gets the phase, how many of it are done, and how many there are; always called from the caller's own thread."""


@dataclass(frozen=True, slots=True)
class SeedResult:
    """What was staged, and where its truth is.

    Attributes:
        arrived: how many messages were seen in the dead-letter queue; fewer than were sent where something
            drains it already.
        seconds: how long staging took.
    """

    outage: Outage
    queue: str
    source_queue: str
    truth: Path
    arrived: int
    seconds: float

    def as_dict(self) -> dict[str, Any]:
        """The summary as JSON holds it; the events themselves are in the truth file."""
        truth = truth_of(self.outage)
        return {
            "seed": self.outage.seed,
            "messages": len(self.outage.messages),
            "arrived": self.arrived,
            "queue": self.queue,
            "source_queue": self.source_queue,
            "seconds": round(self.seconds, 3),
            **{key: truth[key] for key in ("kinds", "counts", "causes", "staged")},
            "truth": str(self.truth),
        }


def seed_stack(
    outage: Outage, settings: Settings, truth: Path, on_progress: OnStagingProgress, *, remote: bool = False
) -> SeedResult:
    """Stage `outage` in the queues and the database of `settings`, and write its truth to `truth` first.

    With `remote` the caller means it, even where the stack is not on this machine.

    Raises:
        UsageError: the stack is elsewhere and not `remote`, or already holds something in the way.
        QueueUnavailable, StoreUnavailable: SQS or MongoDB cannot be reached.
    """
    started = time.monotonic()
    uri = settings.mongo_uri.get_secret_value()
    store = OutageStore(connect(uri, settings.mongo_database, settings.store_timeout_seconds))
    if not remote:
        _require_local(outage, [urlsplit(sqs_endpoint()).hostname or "", *store.hosts])
    queues = OutageQueues(settings.source_queue, settings.queue, outage.contract.name)
    require_stageable(outage, queues, store)
    write_truth(outage, truth)
    arrived = stage(outage, queues, store, on_progress)
    return SeedResult(outage, settings.queue, settings.source_queue, truth, arrived, time.monotonic() - started)


def require_stageable(outage: Outage, queues: OutageQueues, store: OutageStore) -> None:
    """Make sure that nothing is in the way; changes nothing.

    Raises:
        UsageError: this seed is staged already, or the source queue is not empty.
        SettingsError: the two queues do not belong together.
        QueueUnavailable, StoreUnavailable: SQS or MongoDB cannot be reached.
    """
    # Outages of one seed, however large, begin with the same records.
    if store.holds(outage.contract.collection, outage.records[0]["_id"]):
        raise UsageError(f"An outage of seed {outage.seed} is staged in this database already.", "Take another --seed.")
    queues.require_free()


def stage(outage: Outage, queues: OutageQueues, store: OutageStore, on_progress: OnStagingProgress) -> int:
    """Stage `outage`; how many messages were seen to arrive in the dead-letter queue.

    Fewer than were sent means that something drains that queue already.

    Raises:
        QueueUnavailable, StoreUnavailable: it is staged in part; staging again takes another seed.
    """
    _store(outage, store, on_progress)
    total = len(outage.messages)
    messages = (Outgoing.of(message.body, message.attributes) for message in outage.messages)
    queues.send(messages, lambda done: on_progress(StagingPhase.SENDING, done, total))
    return queues.redrive(
        total, lambda done: on_progress(StagingPhase.REDRIVING, done, total), timeout_seconds=120 + total / 20
    )


def _store(outage: Outage, store: OutageStore, on_progress: OnStagingProgress) -> None:
    documents = {outage.contract.collection: [dict(record) for record in outage.records]}
    if revenue := outage.contract.revenue:
        documents[revenue.applications.name] = [application.document() for application in outage.applications]
        documents[revenue.charges.name] = [charge.document() for charge in outage.charges]
    total, done = sum(map(len, documents.values())), 0
    for collection, batch in documents.items():
        done += store.insert(collection, batch)
        on_progress(StagingPhase.STORING, done, total)


def _require_local(outage: Outage, hosts: list[str]) -> None:
    """Invented records and charges must not get into a database that bills are made from."""
    elsewhere = sorted({host for host in hosts if not _is_local(host)})
    if elsewhere:
        invented = outage.contract.words.records + (" and charges" if outage.contract.revenue else "")
        raise UsageError(
            f"{', '.join(elsewhere)} is not this machine, and an outage is made of invented {invented}.",
            "Start a stack with `reclaim up`, or add --remote where that is a test system.",
        )


def _is_local(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith((".localhost", ".localhost.localstack.cloud"))
