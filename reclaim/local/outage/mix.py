"""What an outage consists of: which kinds of message, in what shares, and which outcome each must get."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final, TypeVar

from reclaim.model.outcome import Cause, Outcome

Key = TypeVar("Key")


class MessageKind(StrEnum):
    """One way in which a message can be in the dead-letter queue."""

    MISSING_NULL = "missing_null"
    """The identity is null: the defect as the producer mostly shows it."""
    MISSING_ABSENT = "missing_absent"
    """There is no field for the identity."""
    MISSING_EMPTY = "missing_empty"
    """The identity is the empty text."""
    CARRIED = "carried"
    """The event has an identity; it failed for another reason."""
    SNS = "sns"
    """Repairable, inside an SNS notification."""
    EVENTBRIDGE = "eventbridge"
    """Repairable, inside an EventBridge event."""
    LAMBDA_DESTINATION = "lambda_destination"
    """Repairable, inside a Lambda on-failure destination record."""
    KNOWN_WITHOUT_ID = "known_without_id"
    """The record is in MongoDB already, but without an identity."""
    AGREEING_DUPLICATE = "agreeing_duplicate"
    """A second, later event of a record that another message brings; nothing differs."""
    KNOWN_WITH_ID = "known_with_id"
    """The record is in MongoDB already, with its identity, and the event agrees."""
    RECORD_CONFLICT = "record_conflict"
    """The record is in MongoDB already, or another message brings it, with another value in a field that must agree."""
    ID_CONFLICT = "id_conflict"
    """The event carries an identity where its record has another one, or one that is another record's."""
    MALFORMED = "malformed"
    """No JSON, or none that a program can hold."""
    SCHEMA_VIOLATION = "schema_violation"
    """JSON, but not the event."""
    UNSUPPORTED_TYPE = "unsupported_type"
    """An event of another type."""
    UNSUPPORTED_VERSION = "unsupported_version"
    """The event in a version that does not exist yet."""
    UNREADABLE_ENVELOPE = "unreadable_envelope"
    """An envelope with nothing readable inside."""
    S3_POINTER = "s3_pointer"
    """The event itself is in S3."""


_MISSING: Final = (Outcome.RECOVERED, Cause.MISSING_ID)
_DUPLICATE: Final = (Outcome.DUPLICATE, Cause.ALREADY_RECOVERED)
_QUARANTINED: Final = Outcome.QUARANTINED

_KINDS: Final[Mapping[MessageKind, tuple[int, Outcome, Cause]]] = {
    MessageKind.MISSING_NULL: (470, *_MISSING),
    MessageKind.MISSING_ABSENT: (230, *_MISSING),
    MessageKind.MISSING_EMPTY: (150, *_MISSING),
    MessageKind.CARRIED: (20, Outcome.RECOVERED, Cause.CARRIED_ID),
    MessageKind.SNS: (8, *_MISSING),
    MessageKind.EVENTBRIDGE: (8, *_MISSING),
    MessageKind.LAMBDA_DESTINATION: (8, *_MISSING),
    MessageKind.KNOWN_WITHOUT_ID: (15, *_MISSING),
    MessageKind.AGREEING_DUPLICATE: (25, *_DUPLICATE),
    MessageKind.KNOWN_WITH_ID: (10, *_DUPLICATE),
    MessageKind.RECORD_CONFLICT: (12, _QUARANTINED, Cause.RECORD_CONFLICT),
    MessageKind.ID_CONFLICT: (5, _QUARANTINED, Cause.ID_CONFLICT),
    MessageKind.MALFORMED: (12, _QUARANTINED, Cause.MALFORMED_JSON),
    MessageKind.SCHEMA_VIOLATION: (17, _QUARANTINED, Cause.SCHEMA_VIOLATION),
    MessageKind.UNSUPPORTED_TYPE: (4, _QUARANTINED, Cause.UNSUPPORTED_EVENT_TYPE),
    MessageKind.UNSUPPORTED_VERSION: (2, _QUARANTINED, Cause.UNSUPPORTED_SCHEMA_VERSION),
    MessageKind.UNREADABLE_ENVELOPE: (2, _QUARANTINED, Cause.UNREADABLE_ENVELOPE),
    MessageKind.S3_POINTER: (2, _QUARANTINED, Cause.PAYLOAD_UNAVAILABLE),
}

EXPECTED: Final = MappingProxyType({kind: (outcome, cause) for kind, (_, outcome, cause) in _KINDS.items()})
"""What one complete recovery makes of each kind."""

_SHARES: Final = MappingProxyType({kind: share for kind, (share, _, _) in _KINDS.items()})


@dataclass(frozen=True, slots=True)
class Mix:
    """How the messages of an outage divide among the kinds.

    Attributes:
        shares: messages of each kind per thousand. Most only lack their identity; the rest is rare, but it is what
            tests a recovery.
    """

    shares: Mapping[MessageKind, int] = field(default_factory=lambda: _SHARES)

    def counts(self, messages: int) -> dict[MessageKind, int]:
        """How many of each kind, `messages` in all; every kind at least once from two per kind on (36)."""
        return apportion(messages, self.shares)


def apportion(total: int, shares: Mapping[Key, int]) -> dict[Key, int]:
    """Divide `total` by the method of the largest remainder (Hamilton's).

    With two or more for each share, every share gets at least one, at the expense of the largest: rare kinds
    must show in small outages too. With fewer, only the common ones are seen.
    """
    whole = sum(shares.values())
    parts = {key: total * share // whole for key, share in shares.items()}
    # Sorting is stable: equal remainders are served in the order of the shares.
    by_remainder = sorted(shares, key=lambda key: -(total * shares[key] % whole))
    for key in by_remainder[: total - sum(parts.values())]:
        parts[key] += 1
    if total >= 2 * len(shares):
        _see_each(parts)
    return parts


def _see_each(parts: dict[Key, int]) -> None:
    for key, part in parts.items():
        if part == 0:
            parts[max(parts, key=parts.__getitem__)] -= 1
            parts[key] = 1
