"""What a preflight needs from the outside, as a protocol."""

from __future__ import annotations

from typing import Protocol

from reclaim.preflight.alarms import AlarmsSeen
from reclaim.preflight.checklist import Checklist
from reclaim.preflight.items import NoAnswer
from reclaim.preflight.queues import QueuesSeen
from reclaim.preflight.samples import SamplesSeen
from reclaim.preflight.store import StoreSeen


class Probes(Protocol):
    """Looks at the running system and changes nothing in it.

    Each raises a `reclaim.model.errors.ReclaimError` where it may not look, or is not answered.
    """

    def queues(self) -> QueuesSeen:
        """The source queue and the dead-letter queue, and AWS's clock."""
        ...

    def store(self, key: bytes) -> StoreSeen:
        """MongoDB; what it holds is held against `key`, which may be empty."""
        ...

    def alarms(self, checklist: Checklist | None) -> AlarmsSeen | NoAnswer:
        """The alarms that must be there, and who hears them."""
        ...

    def samples(self, limit: int, checklist: Checklist) -> SamplesSeen | NoAnswer:
        """Up to `limit` messages of the dead-letter queue, looked at and put back."""
        ...
