"""Writes the messages of an outage, kind by kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from reclaim.local.outage.envelopes import EnvelopeWriter
from reclaim.local.outage.events import ABSENT, EventSource, StagedEvent, put, render
from reclaim.local.outage.malformations import malformed
from reclaim.local.outage.mix import MessageKind
from reclaim.local.outage.planned import FinalStatus, PlannedMessage, StagedRecord


class MessageWriter:
    """Writes messages and notes what becomes of the records they are about.

    Args:
        source: draws records and writes their events.
        veterans: records that MongoDB holds with the identities that were issued to them.

    Attributes:
        messages: what was written so far, kind by kind.
        statuses: where a recovery leaves each record that a message is about.
        known: those that MongoDB is to hold beforehand, with the identity each has there or lacks.
    """

    def __init__(self, source: EventSource, veterans: Sequence[StagedRecord]) -> None:
        self._source = source
        self._contract = source.contract
        self._rng = source.rng
        self._envelopes = EnvelopeWriter(source.contract, source.rng)
        self._veterans = veterans
        self._brought: list[StagedEvent] = []
        self.messages: list[PlannedMessage] = []
        self.statuses: dict[StagedRecord, FinalStatus] = {}
        self.known: dict[StagedRecord, str | None] = {}

    def write(self, counts: Mapping[MessageKind, int]) -> None:
        """Write so many of each kind.

        Raises:
            ValueError: fewer messages that bring a record than messages that follow up on one.
        """
        for kind in sorted(counts, key=_FOLLOW_UPS.__contains__):
            for turn in range(counts[kind]):
                _WRITERS[kind](self, kind, turn)

    def _record(self, status: FinalStatus) -> StagedRecord:
        record = self._source.draw()
        self.statuses[record] = status
        return record

    def _known_record(self) -> StagedRecord:
        record = self._record(FinalStatus.KNOWN)
        self.known[record] = record.issued_id
        return record

    def _event(self, status: FinalStatus) -> StagedEvent:
        return self._source.event(self._record(status), None)

    def _later(self) -> StagedEvent:
        """Another, later event of a record that one message brings; no record is followed up twice."""
        if not self._brought:
            raise ValueError("a mix needs a message that brings a record for each that follows up on one")
        position = self._rng.randrange(len(self._brought))
        self._brought[position], self._brought[-1] = self._brought[-1], self._brought[position]
        first = self._brought.pop()
        return self._source.event(first.record, first.identity, after=first.occurred_at)

    def _add(self, kind: MessageKind, body: str, record: StagedRecord | None) -> None:
        key = record.key if record else None
        self.messages.append(PlannedMessage(kind, body, key, self._envelopes.attributes()))

    def _add_event(self, kind: MessageKind, event: StagedEvent) -> None:
        self._add(kind, render(event.payload), event.record)

    def missing(self, kind: MessageKind, _turn: int) -> None:
        """An event that only lacks its identity, in one of the three ways."""
        lacking = {MessageKind.MISSING_NULL: None, MessageKind.MISSING_ABSENT: ABSENT, MessageKind.MISSING_EMPTY: ""}
        self._brought.append(self._source.event(self._record(FinalStatus.RECOVERED), lacking[kind]))
        self._add_event(kind, self._brought[-1])

    def carried(self, kind: MessageKind, _turn: int) -> None:
        """An event with an identity."""
        record = self._record(FinalStatus.RECOVERED)
        self._brought.append(self._source.event(record, record.issued_id))
        self._add_event(kind, self._brought[-1])

    def wrapped(self, kind: MessageKind, _turn: int) -> None:
        """A repairable event in an envelope."""
        event = self._event(FinalStatus.RECOVERED)
        self._add(kind, self._envelopes.wrapped(event.payload, kind), event.record)

    def known_without_id(self, kind: MessageKind, turn: int) -> None:
        """The event of a record that was created by hand, without an identity in one of the three ways."""
        event = self._event(FinalStatus.RECOVERED)
        self.known[event.record] = (None, ABSENT, "")[turn % 3]
        self._add_event(kind, event)

    def known_with_id(self, kind: MessageKind, turn: int) -> None:
        """The event of a record that is complete; every other one carries the identity that the record has."""
        record = self._known_record()
        self._add_event(kind, self._source.event(record, record.issued_id if turn % 2 else None))

    def agreeing(self, kind: MessageKind, _turn: int) -> None:
        """A later event that says the same, down to the identity: another would let the first to arrive decide."""
        self._add_event(kind, self._later())

    def disagreeing(self, kind: MessageKind, turn: int) -> None:
        """An event that disagrees with what MongoDB holds, or with an earlier message."""
        against_store = self._source.disagrees_with_store(turn)
        event = self._source.event(self._known_record(), None) if against_store else self._later()
        self._add(kind, render(self._source.disagreeing(event, turn)), event.record)

    def other_identity(self, kind: MessageKind, turn: int) -> None:
        """An event with another identity than its record has, or with that of another record."""
        if turn % 2:
            record = self._record(FinalStatus.AWAITING)
            identity = self._rng.choice(self._veterans).issued_id
        else:
            record = self._known_record()
            identity = record.other_id
        self._add_event(kind, self._source.event(record, identity))

    def malformed(self, kind: MessageKind, turn: int) -> None:
        """A body that is not JSON; it names no record."""
        event = self._event(FinalStatus.UNKNOWN)
        self._add(kind, malformed(event.payload, self._contract, self._rng, turn), None)

    def violating(self, kind: MessageKind, turn: int) -> None:
        """A body that breaks the schema."""
        event = self._event(FinalStatus.UNKNOWN)
        payload, names_record = self._source.violation(event, turn)
        if names_record:
            self.statuses[event.record] = FinalStatus.AWAITING
        self._add(kind, render(payload), event.record if names_record else None)

    def other_type(self, kind: MessageKind, turn: int) -> None:
        """An event of another type."""
        event, own = self._event(FinalStatus.AWAITING), str(self._contract.event_type.value)
        stem = own.rpartition(".")[0] or own
        others = [name for name in (f"{stem}.updated", f"{stem}.deleted", "job.created") if name != own]
        put(event.payload, self._contract.event_type.path, others[turn % len(others)])
        self._add_event(kind, event)

    def later_version(self, kind: MessageKind, turn: int) -> None:
        """The event in a version that does not exist yet."""
        event, own = self._event(FinalStatus.AWAITING), self._contract.version
        later = own.value + 1 + turn if isinstance(own.value, int) else f"{own.value}-next-{turn}"
        put(event.payload, own.path, later)
        self._add_event(kind, event)

    def unreadable(self, kind: MessageKind, turn: int) -> None:
        """An envelope with nothing readable inside."""
        self._add(kind, self._envelopes.unreadable(self._event(FinalStatus.UNKNOWN).payload, turn), None)

    def pointer(self, kind: MessageKind, _turn: int) -> None:
        """A pointer to S3."""
        self._add(kind, self._envelopes.s3_pointer(self._event(FinalStatus.UNKNOWN).payload), None)


_FOLLOW_UPS: Final = frozenset({MessageKind.AGREEING_DUPLICATE, MessageKind.RECORD_CONFLICT})

_WRITERS: Final[Mapping[MessageKind, Callable[[MessageWriter, MessageKind, int], None]]] = MappingProxyType(
    {
        MessageKind.MISSING_NULL: MessageWriter.missing,
        MessageKind.MISSING_ABSENT: MessageWriter.missing,
        MessageKind.MISSING_EMPTY: MessageWriter.missing,
        MessageKind.CARRIED: MessageWriter.carried,
        MessageKind.SNS: MessageWriter.wrapped,
        MessageKind.EVENTBRIDGE: MessageWriter.wrapped,
        MessageKind.LAMBDA_DESTINATION: MessageWriter.wrapped,
        MessageKind.KNOWN_WITHOUT_ID: MessageWriter.known_without_id,
        MessageKind.AGREEING_DUPLICATE: MessageWriter.agreeing,
        MessageKind.KNOWN_WITH_ID: MessageWriter.known_with_id,
        MessageKind.RECORD_CONFLICT: MessageWriter.disagreeing,
        MessageKind.ID_CONFLICT: MessageWriter.other_identity,
        MessageKind.MALFORMED: MessageWriter.malformed,
        MessageKind.SCHEMA_VIOLATION: MessageWriter.violating,
        MessageKind.UNSUPPORTED_TYPE: MessageWriter.other_type,
        MessageKind.UNSUPPORTED_VERSION: MessageWriter.later_version,
        MessageKind.UNREADABLE_ENVELOPE: MessageWriter.unreadable,
        MessageKind.S3_POINTER: MessageWriter.pointer,
    }
)
