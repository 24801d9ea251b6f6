"""What can become of a message, why, and the sum that must come out at the end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum


class Outcome(StrEnum):
    """Every received message ends a run in exactly one of these."""

    RECOVERED = "recovered"
    """Because of this run the client has its tracking ID in MongoDB, read back. Deleted from the queue."""
    DUPLICATE = "duplicate"
    """MongoDB already held an agreeing client with a tracking ID. Deleted from the queue."""
    QUARANTINED = "quarantined"
    """Can never succeed as it is. Kept whole in the ledger, then deleted from the queue."""
    DEFERRED = "deferred"
    """Could not be handled now. Stays in the queue, its visibility backed off."""

    @property
    def is_final(self) -> bool:
        """Whether the message leaves the queue for good."""
        return self is not Outcome.DEFERRED


class Cause(StrEnum):
    """Why a message got its outcome. The codes are stable: reports and alarms are built on them."""

    MISSING_ID = "missing_id"
    CARRIED_ID = "carried_id"
    ALREADY_RECOVERED = "already_recovered"
    MALFORMED_JSON = "malformed_json"
    SCHEMA_VIOLATION = "schema_violation"
    UNSUPPORTED_EVENT_TYPE = "unsupported_event_type"
    UNSUPPORTED_SCHEMA_VERSION = "unsupported_schema_version"
    RECORD_CONFLICT = "record_conflict"
    ID_CONFLICT = "id_conflict"
    UNREADABLE_ENVELOPE = "unreadable_envelope"
    PAYLOAD_UNAVAILABLE = "payload_unavailable"
    STORE_UNAVAILABLE = "store_unavailable"
    HALTED = "halted"


@dataclass(frozen=True, slots=True)
class Counts:
    """A run's books: how many messages it received and what became of them.

    `received` is counted where messages are received, the others where they are accounted for, so that
    `balanced` compares two independent counts. A message that an earlier run had already settled is in
    neither (it is `reacknowledged`, counted apart).
    """

    received: int = 0
    recovered: int = 0
    duplicate: int = 0
    quarantined: int = 0
    deferred: int = 0

    @property
    def accounted(self) -> int:
        """How many messages have an outcome."""
        return self.recovered + self.duplicate + self.quarantined + self.deferred

    @property
    def balanced(self) -> bool:
        """Whether every received message has exactly one outcome."""
        return self.received == self.accounted

    @classmethod
    def of(cls, received: int, outcomes: Mapping[Outcome, int]) -> Counts:
        """Build the books from `received` and a count per outcome (absent means none)."""
        return cls(received=received, **{outcome.value: outcomes.get(outcome, 0) for outcome in Outcome})

    def as_dict(self) -> dict[str, int]:
        """The counts by name, in the order they are always shown."""
        return {field.name: getattr(self, field.name) for field in fields(self)}
