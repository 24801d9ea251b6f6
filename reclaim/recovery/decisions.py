"""Decides what becomes of each message of a batch. Pure: what MongoDB holds goes in, decisions come out.

The rules, in the order they are asked (a batch is walked by `occurred_at`, then message ID):

1. A body that cannot be read as the event is quarantined, with its cause.
2. No such record yet: it is created with the carried or the derived identity, `recovered`.
3. The record was brought by this very message (an earlier try died after the write): `recovered`, nothing written.
4. Another value in a field that must agree, or another identity: quarantined. What was written first stands, and an
   existing identity is never changed.
5. The record has no identity: it gets one, `recovered`. Otherwise `duplicate`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from reclaim.contracts.contract import Contract, DocumentField, value_at
from reclaim.contracts.reading import read_event
from reclaim.model.event import Event, Rejection
from reclaim.model.message import Message
from reclaim.model.outcome import Cause, Outcome
from reclaim.model.record import Origin, Record, RecordWrite, Recovery, WriteKind
from reclaim.text.printable import one_line

_LAST: Final = datetime.max.replace(tzinfo=UTC)
_SHOWN_CHARACTERS: Final = 128

LATER_STANDS: Final = "The one that stands is the later"
"""Ends the detail of a record conflict whose record was written by the later of the two events."""


@dataclass(frozen=True, slots=True)
class Case:
    """One message with what its body says."""

    message: Message
    reading: Event | Rejection

    @property
    def record_key(self) -> str | None:
        """The record it names, if it names one."""
        return self.reading.record_key


@dataclass(frozen=True, slots=True)
class Known:
    """What MongoDB held when the batch was looked up.

    Attributes:
        records: the records that the batch names, as far as they exist, by key.
        owners: who holds the identities that the batch would write, record key by identity.
    """

    records: Mapping[str, Record]
    owners: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Decision:
    """What shall become of one message.

    Attributes:
        write: what must be in MongoDB before the outcome is true; None where nothing is to be written.
        before: the record's document before the write; None where there was none.
    """

    case: Case
    outcome: Outcome
    cause: Cause
    detail: str = ""
    write: RecordWrite | None = None
    before: dict[str, Any] | None = None

    @property
    def message_id(self) -> str:
        """The message it is about."""
        return self.case.message.message_id


def read_cases(messages: Sequence[Message], contract: Contract) -> list[Case]:
    """Read every body once. Never raises."""
    return [Case(message, read_event(message.body, contract)) for message in messages]


def wanted_identity(event: Event, contract: Contract, key: bytes) -> str:
    """The identity the event would give its record: the one it carries, else the derived one."""
    return event.identity or contract.identity.derive(event.record_key, key)


def new_record(event: Event) -> Record:
    """The record that the event is about, without its identity."""
    return Record(
        record_key=event.record_key,
        fields=event.fields,
        identity=None,
        created_at=event.occurred_at,
        source_event_id=event.event_id,
    )


def compare(event: Event, record: Record, contract: Contract) -> tuple[Outcome, Cause, str]:
    """What becomes of an event whose record is there already: outcome, cause and detail."""
    if differing := contract.differences(event.fields, record.fields):
        return Outcome.QUARANTINED, Cause.RECORD_CONFLICT, _conflict(event, record, differing, contract)
    if event.identity and event.identity != record.identity:
        detail = f"the {contract.words.record} already has another {contract.words.identity}"
        return Outcome.QUARANTINED, Cause.ID_CONFLICT, detail
    return Outcome.DUPLICATE, Cause.ALREADY_RECOVERED, ""


class DecisionEngine:
    """Decides the cases of one batch.

    Args:
        contract: what the messages are events of.
        key: derives missing identities.
        run_id: the run that the writes will belong to.
        now: when the writes are said to have happened, UTC.
    """

    def __init__(self, contract: Contract, key: bytes, run_id: str, now: datetime) -> None:
        self._contract = contract
        self._key = key
        self._run_id = run_id
        self._now = now

    def decide(self, cases: Sequence[Case], known: Known) -> list[Decision]:
        """A decision for every case, in the order that the rules walk them."""
        records, owners = dict(known.records), dict(known.owners)
        decisions = []
        for case in sorted(cases, key=_age):
            decision = self._decide(case, records, owners)
            decisions.append(decision)
            if decision.write:  # the rest of the batch is decided against it
                written = decision.write.record
                records[written.record_key] = written
                owners[written.identity or ""] = written.record_key
        return decisions

    def _decide(self, case: Case, records: Mapping[str, Record], owners: Mapping[str, str]) -> Decision:
        event = case.reading
        if isinstance(event, Rejection):
            return Decision(case, Outcome.QUARANTINED, event.cause, event.detail)
        record = records.get(event.record_key)
        if record is None:
            return self._bring(case, event, owners, WriteKind.CREATE, new_record(event))
        recovery = record.recovery
        if record.identity and recovery and recovery.message_id == case.message.message_id:
            return Decision(case, Outcome.RECOVERED, recovery.origin.cause, before=recovery.before)
        if record.identity is None and not self._contract.differences(event.fields, record.fields):
            return self._bring(case, event, owners, WriteKind.ATTACH, record)
        return Decision(case, *compare(event, record, self._contract))

    def _bring(self, case: Case, event: Event, owners: Mapping[str, str], kind: WriteKind, record: Record) -> Decision:
        identity = wanted_identity(event, self._contract, self._key)
        if owners.get(identity, event.record_key) != event.record_key:
            words = self._contract.words
            detail = f"the {words.identity} belongs to another {words.record}"
            return Decision(case, Outcome.QUARANTINED, Cause.ID_CONFLICT, detail)
        recovery = Recovery(
            run_id=self._run_id,
            message_id=case.message.message_id,
            occurred_at=event.occurred_at,
            recovered_at=self._now,
            origin=Origin.CARRIED if event.identity else Origin.REGENERATED,
            before=record.document if kind is WriteKind.ATTACH else None,
        )
        write = RecordWrite(kind, replace(record, identity=identity, recovery=recovery))
        return Decision(case, Outcome.RECOVERED, recovery.origin.cause, write=write, before=recovery.before)


def _age(case: Case) -> tuple[datetime, str]:
    """Orders the events of one record; a body that is no event has no time, comes last and changes no record."""
    reading = case.reading
    occurred_at = reading.occurred_at if isinstance(reading, Event) else _LAST
    return occurred_at, case.message.message_id


def _conflict(event: Event, record: Record, differing: Sequence[DocumentField], contract: Contract) -> str:
    """Both events, their times and the fields that differ; values only of money and currency.

    The record may be another program's, so that its origin may be unknown or of any type.
    """
    created_at = record.created_at if isinstance(record.created_at, datetime) else None
    standing = f"event {_shown(record.source_event_id)}" if record.source_event_id else "an unknown event"
    time = f" of {_instant(created_at)}" if created_at else ""
    fields = ", ".join(_difference(leaf, event, record) for leaf in differing)
    later = f". {LATER_STANDS}" if created_at and created_at > event.occurred_at else ""
    return (
        f"the {contract.words.record} was created by {standing}{time}; this is event {_shown(event.event_id)}"
        f" of {_instant(event.occurred_at)}. They differ in {fields}{later}"
    )


def _difference(leaf: DocumentField, event: Event, record: Record) -> str:
    if not (leaf.is_amount or leaf.kind.name == "currency"):
        return leaf.path
    standing, here = (_shown(value_at(fields, leaf.path)) for fields in (record.fields, event.fields))
    return f"{leaf.path} ({standing} stands, {here} here)"


def _shown(value: object) -> str:
    """An ID, amount or currency on one line, of a length that a person can read."""
    text = "nothing" if value is None else one_line(str(value))
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}…"


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
