"""Stages an outage on the stack that the settings name, unless that is somebody's real one."""

from __future__ import annotations

import time
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from reclaim.adapters.aws.outage import OutageQueues, sqs_endpoint
from reclaim.adapters.mongo.connection import connect
from reclaim.adapters.mongo.outage import OutageStore
from reclaim.local.outage.plan import Outage
from reclaim.local.outage.staging import OnProgress, require_stageable, stage
from reclaim.local.outage.truth import truth_of, write_truth
from reclaim.model.errors import UsageError
from reclaim.settings import Settings


@dataclass(frozen=True, slots=True)
class Seeded:
    """What was staged, and where its truth lies.

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
    outage: Outage, settings: Settings, truth: Path, on_progress: OnProgress, *, remote: bool = False
) -> Seeded:
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
        _require_local([urlsplit(sqs_endpoint()).hostname or "", *store.hosts])
    queues = OutageQueues(settings.source_queue, settings.queue)
    require_stageable(outage, queues, store)
    write_truth(outage, truth)
    arrived = stage(outage, queues, store, on_progress)
    return Seeded(outage, settings.queue, settings.source_queue, truth, arrived, time.monotonic() - started)


def _require_local(hosts: list[str]) -> None:
    """Made-up clients and charges must not get into a record that somebody bills from."""
    elsewhere = sorted({host for host in hosts if not _is_local(host)})
    if elsewhere:
        raise UsageError(
            f"{', '.join(elsewhere)} is not this machine, and an outage is made of invented clients and charges.",
            "Start a stack with `reclaim up`, or add --remote where that is a test system.",
        )


def _is_local(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith((".localhost", ".localhost.localstack.cloud"))
