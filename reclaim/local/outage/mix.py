"""What an outage consists of: which kinds of message, in what shares, and what must become of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from reclaim.local.outage.apportionment import apportion
from reclaim.model.outcome import Cause, Outcome


class Kind(StrEnum):
    """One way in which a `client.created` message can be in the dead-letter queue."""

    MISSING_NULL = "missing_null"
    """`tracking_id` is null: the defect as the client service mostly shows it."""
    MISSING_ABSENT = "missing_absent"
    """There is no `tracking_id`."""
    MISSING_EMPTY = "missing_empty"
    """`tracking_id` is the empty text."""
    CARRIED = "carried"
    """The event has a tracking ID after all; it failed for another reason."""
    SNS = "sns"
    """Repairable, inside an SNS notification."""
    EVENTBRIDGE = "eventbridge"
    """Repairable, inside an EventBridge event."""
    LAMBDA_DESTINATION = "lambda_destination"
    """Repairable, inside a Lambda on-failure destination record."""
    KNOWN_WITHOUT_ID = "known_without_id"
    """The client is in MongoDB already, but without an ID."""
    AGREEING_DUPLICATE = "agreeing_duplicate"
    """A second, later event of a client that another message brings; nothing differs."""
    KNOWN_WITH_ID = "known_with_id"
    """The client is in MongoDB already, with its ID, and the event agrees."""
    RECORD_CONFLICT = "record_conflict"
    """The client is brought by an earlier message or is in MongoDB already, with another rate or name."""
    ID_CONFLICT = "id_conflict"
    """The event carries an ID where its client has another one, or one that is another client's."""
    MALFORMED = "malformed"
    """No JSON, or none that a program can hold."""
    SCHEMA_VIOLATION = "schema_violation"
    """JSON, but not the event."""
    UNSUPPORTED_TYPE = "unsupported_type"
    """Another event that strayed into the queue."""
    UNSUPPORTED_VERSION = "unsupported_version"
    """The event in a version that does not exist yet."""
    UNREADABLE_ENVELOPE = "unreadable_envelope"
    """An envelope with nothing readable inside."""
    S3_POINTER = "s3_pointer"
    """The event itself lies in S3."""


_MISSING: Final = (Outcome.RECOVERED, Cause.MISSING_ID)
_DUPLICATE: Final = (Outcome.DUPLICATE, Cause.ALREADY_RECOVERED)

EXPECTED: Final[Mapping[Kind, tuple[Outcome, Cause]]] = MappingProxyType(
    {
        Kind.MISSING_NULL: _MISSING,
        Kind.MISSING_ABSENT: _MISSING,
        Kind.MISSING_EMPTY: _MISSING,
        Kind.CARRIED: (Outcome.RECOVERED, Cause.CARRIED_ID),
        Kind.SNS: _MISSING,
        Kind.EVENTBRIDGE: _MISSING,
        Kind.LAMBDA_DESTINATION: _MISSING,
        Kind.KNOWN_WITHOUT_ID: _MISSING,
        Kind.AGREEING_DUPLICATE: _DUPLICATE,
        Kind.KNOWN_WITH_ID: _DUPLICATE,
        Kind.RECORD_CONFLICT: (Outcome.QUARANTINED, Cause.RECORD_CONFLICT),
        Kind.ID_CONFLICT: (Outcome.QUARANTINED, Cause.ID_CONFLICT),
        Kind.MALFORMED: (Outcome.QUARANTINED, Cause.MALFORMED_JSON),
        Kind.SCHEMA_VIOLATION: (Outcome.QUARANTINED, Cause.SCHEMA_VIOLATION),
        Kind.UNSUPPORTED_TYPE: (Outcome.QUARANTINED, Cause.UNSUPPORTED_EVENT_TYPE),
        Kind.UNSUPPORTED_VERSION: (Outcome.QUARANTINED, Cause.UNSUPPORTED_SCHEMA_VERSION),
        Kind.UNREADABLE_ENVELOPE: (Outcome.QUARANTINED, Cause.UNREADABLE_ENVELOPE),
        Kind.S3_POINTER: (Outcome.QUARANTINED, Cause.PAYLOAD_UNAVAILABLE),
    }
)
"""What one complete recovery makes of each kind."""

_SHARES: Final = MappingProxyType(
    {
        Kind.MISSING_NULL: 470,
        Kind.MISSING_ABSENT: 230,
        Kind.MISSING_EMPTY: 150,
        Kind.CARRIED: 20,
        Kind.SNS: 8,
        Kind.EVENTBRIDGE: 8,
        Kind.LAMBDA_DESTINATION: 8,
        Kind.KNOWN_WITHOUT_ID: 15,
        Kind.AGREEING_DUPLICATE: 25,
        Kind.KNOWN_WITH_ID: 10,
        Kind.RECORD_CONFLICT: 12,
        Kind.ID_CONFLICT: 5,
        Kind.MALFORMED: 12,
        Kind.SCHEMA_VIOLATION: 17,
        Kind.UNSUPPORTED_TYPE: 4,
        Kind.UNSUPPORTED_VERSION: 2,
        Kind.UNREADABLE_ENVELOPE: 2,
        Kind.S3_POINTER: 2,
    }
)


@dataclass(frozen=True, slots=True)
class Mix:
    """How the messages of an outage divide among the kinds.

    Attributes:
        shares: messages of each kind per thousand. Most only lack their ID, as in the outage this stands for;
            the rest is rare, but what a recovery is judged by.
    """

    shares: Mapping[Kind, int] = field(default_factory=lambda: _SHARES)

    def counts(self, messages: int) -> dict[Kind, int]:
        """How many of each kind, `messages` in all; every kind at least once from two per kind on (36)."""
        return apportion(messages, self.shares)
