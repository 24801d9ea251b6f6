"""What a preflight needs from the running system, as a protocol."""

from __future__ import annotations

from typing import Protocol

from reclaim.preflight.alarms import AlarmsSeen
from reclaim.preflight.checklist import Checklist
from reclaim.preflight.items import NoAnswer
from reclaim.preflight.queues import QueuesSeen
from reclaim.preflight.samples import SamplesSeen
from reclaim.preflight.store import StoreSeen


class Probes(Protocol):
    """Reads the running system and changes nothing in it.

    Each raises a `reclaim.model.errors.ReclaimError` where access is refused, or nothing answers.
    """

    def queues(self) -> QueuesSeen:
        """The source queue and the dead-letter queue, and AWS's clock."""
        ...

    def store(self, key: bytes) -> StoreSeen:
        """MongoDB; the identities it holds are compared with what `key` derives. `key` may be empty."""
        ...

    def alarms(self, checklist: Checklist | None) -> AlarmsSeen | NoAnswer:
        """The alarms that must exist, and the subscriptions that receive them."""
        ...

    def samples(self, limit: int, checklist: Checklist) -> SamplesSeen | NoAnswer:
        """Up to `limit` messages of the dead-letter queue, inspected and put back."""
        ...
