"""The preflight's probes in memory: a system in which everything is as it must be, unless a test changes it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta

from reclaim.preflight.alarms import AlarmSeen, AlarmsSeen
from reclaim.preflight.checklist import Checklist
from reclaim.preflight.items import NoAnswer
from reclaim.preflight.queues import QueueAttributes, QueuesSeen
from reclaim.preflight.samples import SamplesSeen
from reclaim.preflight.store import StoreSeen

_TOPIC = "arn:aws:sns:eu-central-1:000000000000:alarms"


def healthy_queues() -> QueuesSeen:
    """Two queues as provisioning makes them."""
    arn = "arn:aws:sqs:eu-central-1:000000000000:jobs"
    kept = timedelta(days=14)
    return QueuesSeen(
        dead_letters=QueueAttributes("jobs-dlq", f"{arn}-dlq", kept, timedelta(seconds=30)),
        source=QueueAttributes("jobs", arn, kept, timedelta(seconds=30), f"{arn}-dlq", 3),
        skew=0.0,
    )


def healthy_store() -> StoreSeen:
    """A provisioned database, with records whose identities this key derives."""
    return StoreSeen((), (), "replica set reclaim, 3 members", 0.0, compared=20)


def healthy_alarms() -> AlarmsSeen:
    """An alarm with a subscription."""
    return AlarmsSeen(("depth",), (AlarmSeen("depth", (_TOPIC,)),), {_TOPIC: 1})


def healthy_samples() -> SamplesSeen:
    """Events that carry everything."""
    return SamplesSeen("a file", 3, Counter(), Counter())


@dataclass
class MemoryProbes:
    """Answers with what it holds; see `reclaim.preflight.checking.Probes`."""

    queues_seen: QueuesSeen = field(default_factory=healthy_queues)
    store_seen: StoreSeen = field(default_factory=healthy_store)
    alarms_seen: AlarmsSeen = field(default_factory=healthy_alarms)
    samples_seen: SamplesSeen = field(default_factory=healthy_samples)

    def queues(self) -> QueuesSeen:
        """What it holds."""
        return self.queues_seen

    def store(self, key: bytes) -> StoreSeen:  # noqa: ARG002  (the protocol's signature)
        """What it holds, whatever the key."""
        return self.store_seen

    def alarms(self, checklist: Checklist | None) -> AlarmsSeen | NoAnswer:  # noqa: ARG002
        """What it holds."""
        return self.alarms_seen

    def samples(self, limit: int, checklist: Checklist) -> SamplesSeen | NoAnswer:  # noqa: ARG002
        """What it holds."""
        return self.samples_seen
