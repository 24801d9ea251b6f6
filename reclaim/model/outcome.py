"""What can become of a message and why, and the counts that must balance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Final


class Outcome(StrEnum):
    """Every received message ends a run in exactly one of these."""

    RECOVERED = "recovered"
    """Because of this run the record has its identity in MongoDB, read back. Deleted from the queue."""
    DUPLICATE = "duplicate"
    """MongoDB already held an agreeing record with an identity. Deleted from the queue."""
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
    UNUSABLE_RECORD = "unusable_record"
    """MongoDB holds a document under this key that cannot be read as the contract says, or cannot take the write."""
    STORE_UNAVAILABLE = "store_unavailable"
    HALTED = "halted"

    @property
    def outcome(self) -> Outcome:
        """What a message with this cause becomes."""
        return _OUTCOMES.get(self, Outcome.QUARANTINED)


_OUTCOMES: Final = {
    Cause.MISSING_ID: Outcome.RECOVERED,
    Cause.CARRIED_ID: Outcome.RECOVERED,
    Cause.ALREADY_RECOVERED: Outcome.DUPLICATE,
    Cause.STORE_UNAVAILABLE: Outcome.DEFERRED,
    Cause.HALTED: Outcome.DEFERRED,
}
"""All other causes are reasons for quarantine."""


@dataclass(frozen=True, slots=True)
class Counts:
    """A run's counts: how many messages it received and what became of them.

    `received` is counted where messages are received, the others where they are settled or deferred, so that `balanced`
    compares two independent counts. A message that an earlier run had settled is in neither: it is counted apart, as
    `reacknowledged`.
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
    def of(cls, received: int, outcomes: Mapping[Outcome, int], **known: int) -> Counts:
        """The counts of `received` messages and a number per outcome (absent means none); `known` counts before it."""
        counted = {outcome.value: outcomes.get(outcome, 0) for outcome in Outcome}
        return cls(received=received, **{**counted, **known})

    def as_dict(self) -> dict[str, int]:
        """The counts by name, in the order they are always shown."""
        return {field.name: getattr(self, field.name) for field in fields(self)}
