"""The values that an outage is planned in: its times, its records, its messages, and all of them together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from random import Random
from typing import TYPE_CHECKING, Any, Final

from reclaim.contracts.contract import Contract
from reclaim.local.outage.mix import EXPECTED, MessageKind
from reclaim.model.fingerprint import text_sha256
from reclaim.model.identity import IdentityScheme
from reclaim.model.outcome import Cause, Outcome

if TYPE_CHECKING:
    from reclaim.local.outage.client_created.revenue import StagedApplication, StagedCharge

OUTAGE_START: Final = datetime(2026, 11, 20, 8, tzinfo=UTC)
"""When an outage starts unless another time is given: fixed, since the same seed must write the same bytes."""

_ISSUER_KEY: Final = b"what issued tracking IDs before the outage; of no use anywhere else"
_BEFORE: Final = timedelta(days=60)
_DURATION: Final = timedelta(days=1)
_MILLISECOND: Final = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class OutageWindow:
    """The times of an outage.

    Attributes:
        started_at: when the outage starts, UTC.
    """

    started_at: datetime

    @property
    def opens_at(self) -> datetime:
        """The `from` of an audit of the outage: 60 days before it. Records that were there before it are older."""
        return self.started_at - _BEFORE

    @property
    def as_of(self) -> datetime:
        """The audit's `to` and `as_of`: one day after the outage started."""
        return self.started_at + _DURATION

    def days_before(self, rng: Random, low: float, high: float) -> datetime:
        """A moment from `low` to `high` days before the outage."""
        return self.started_at - between(rng, timedelta(days=low), timedelta(days=high))


def between(rng: Random, low: timedelta, high: timedelta) -> timedelta:
    """A time from `low` to just under `high`, in whole milliseconds (what BSON dates hold)."""
    return rng.randrange(low // _MILLISECOND, high // _MILLISECOND) * _MILLISECOND


class FinalStatus(Enum):
    """Where one complete recovery leaves a record."""

    RECOVERED = auto()
    """In MongoDB, because of the recovery."""
    KNOWN = auto()
    """In MongoDB all along, with its identity."""
    AWAITING = auto()
    """Not in MongoDB, but a quarantined message names it."""
    UNKNOWN = auto()
    """Not in MongoDB, and no message names it."""


@dataclass(frozen=True, eq=False)
class StagedRecord:
    """One record as it is, which is not what every event says of it.

    Attributes:
        fields: what its document holds besides the identity.
        sample: an event of it, where its events are made from one.
    """

    key: str
    fields: Mapping[str, Any]
    scheme: IdentityScheme
    sample: Mapping[str, Any] = field(default_factory=dict)

    @property
    def issued_id(self) -> str:
        """The identity that the record had from elsewhere: of the right form, and no run would derive it."""
        return self.scheme.derive(self.key, _ISSUER_KEY)

    @property
    def other_id(self) -> str:
        """An identity that belongs to no record."""
        return self.scheme.derive(f"{self.key} once more", _ISSUER_KEY)


@dataclass(frozen=True, slots=True)
class PlannedMessage:
    """One message to be sent.

    Attributes:
        record_key: the record that the body names to a reader; None where it names none.
        attributes: the sender's message attributes; bytes are sent as binary.
    """

    kind: MessageKind
    body: str
    record_key: str | None
    attributes: Mapping[str, str | bytes]

    @property
    def outcome(self) -> Outcome:
        """What one complete recovery makes of it."""
        return EXPECTED[self.kind][0]

    @property
    def cause(self) -> Cause:
        """Why."""
        return EXPECTED[self.kind][1]

    @property
    def body_sha256(self) -> str:
        """The fingerprint of the body's UTF-8 bytes, in hexadecimal; no other message of the outage has it."""
        return text_sha256(self.body)


@dataclass(frozen=True, slots=True)
class Outage:
    """One outage, ready to be staged. The same arguments plan the same bytes, on any machine.

    Attributes:
        contract: what the messages are events of.
        messages: in the order in which they are to be sent.
        records: the documents of the contract's collection that are there beforehand.
        applications, charges: the revenue side; empty for contracts without a generator of one.
    """

    contract: Contract = field(repr=False)
    seed: int
    window: OutageWindow
    messages: tuple[PlannedMessage, ...]
    records: tuple[dict[str, Any], ...]
    applications: tuple[StagedApplication, ...] = ()
    charges: tuple[StagedCharge, ...] = ()

    @property
    def kinds(self) -> dict[MessageKind, int]:
        """How many messages there are of each kind that occurs."""
        counts = Counter(message.kind for message in self.messages)
        return {kind: counts[kind] for kind in MessageKind if counts[kind]}
