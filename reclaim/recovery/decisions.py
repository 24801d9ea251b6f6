"""Decides what becomes of each message of a batch. Pure: what MongoDB holds goes in, decisions come out.

The rules, in the order they are asked (a batch is walked by `occurred_at`, then message ID):

1. A body that cannot be read as the event is quarantined, with its cause.
2. No such client yet: it is created with the carried or the derived tracking ID, `recovered`.
3. The client was brought by this very message (an earlier try died after the write): `recovered`, nothing written.
4. The client was brought by a *later* event, in a run that has not given its account yet: the earlier one takes
   its place, so that the order of arrival changes nothing in the result.
5. Another name or billing, or another tracking ID: quarantined. An existing tracking ID is never changed.
6. The client has no tracking ID: it gets one, `recovered`. Otherwise `duplicate`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from reclaim.contracts.client_created import ClientCreated, Rejection, read_event
from reclaim.model.identity import derive_tracking_id
from reclaim.model.message import DeadLetter
from reclaim.model.outcome import Cause, Outcome
from reclaim.model.record import Client, ClientWrite, Origin, Recovery, Superseded, WriteKind


@dataclass(frozen=True, slots=True)
class Case:
    """One message with what its body says."""

    letter: DeadLetter
    reading: ClientCreated | Rejection

    @property
    def client_id(self) -> str | None:
        """The client it names, if it names one."""
        return self.reading.client_id


@dataclass(frozen=True, slots=True)
class Known:
    """What MongoDB held when the batch was looked up.

    Attributes:
        clients: the clients that the batch names, as far as they exist, by ID.
        owners: who holds the tracking IDs that the batch would write, client ID by tracking ID.
        open_runs: the runs that have not given their account yet, the present one among them.
    """

    clients: Mapping[str, Client]
    owners: Mapping[str, str]
    open_runs: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """What shall become of one message.

    Attributes:
        write: what must be in MongoDB before the outcome is true; None where nothing is to be written.
        superseded: the messages whose place this one takes, write or no write: the note may have been lost
            when an earlier try died.
        against: the client it was compared with, where a run that is still open brought that: an earlier event may
            yet take its place.
    """

    case: Case
    outcome: Outcome
    cause: Cause
    detail: str = ""
    write: ClientWrite | None = None
    superseded: tuple[Superseded, ...] = ()
    before: dict[str, object] | None = field(default=None)
    against: Client | None = None

    @property
    def message_id(self) -> str:
        """The message it is about."""
        return self.case.letter.message_id

    @property
    def judged_by(self) -> str | None:
        """The message that brought the client it was compared with, if that may yet lose its place."""
        return self.against.recovery.message_id if self.against and self.against.recovery else None


def read_cases(letters: Sequence[DeadLetter]) -> list[Case]:
    """Read every body once. Never raises."""
    return [Case(letter, read_event(letter.body)) for letter in letters]


def wanted_tracking_id(event: ClientCreated, key: bytes) -> str:
    """The ID the event would give its client: the one it carries, else the derived one."""
    return event.tracking_id or derive_tracking_id(event.client_id, key)


def new_client(event: ClientCreated) -> Client:
    """The client that the event is about, without its tracking ID."""
    return Client(
        client_id=event.client_id,
        name=event.name,
        country=event.country,
        billing=event.billing,
        tracking_id=None,
        created_at=event.occurred_at,
        source_event_id=event.event_id,
    )


def compare(event: ClientCreated, client: Client) -> tuple[Outcome, Cause, str]:
    """What becomes of an event whose client is there already: outcome, cause and detail."""
    if not _agrees(event, client):
        return Outcome.QUARANTINED, Cause.CLIENT_CONFLICT, _difference(event, client)
    if event.tracking_id and event.tracking_id != client.tracking_id:
        return Outcome.QUARANTINED, Cause.TRACKING_ID_CONFLICT, "the client already has another tracking ID"
    return Outcome.DUPLICATE, Cause.ALREADY_RECOVERED, ""


class Judge:
    """Decides the cases of one batch.

    Args:
        key: derives missing tracking IDs.
        run_id: the run that the writes will belong to.
        now: when the writes are said to have happened, UTC.
    """

    def __init__(self, key: bytes, run_id: str, now: datetime) -> None:
        self._key = key
        self._run_id = run_id
        self._now = now

    def decide(self, cases: Sequence[Case], known: Known) -> list[Decision]:
        """A decision for every case, in the order that the rules walk them."""
        state = _Holdings(dict(known.clients), dict(known.owners), frozenset(known.open_runs) | {self._run_id})
        return [self._decide(case, state) for case in sorted(cases, key=_age)]

    def _decide(self, case: Case, state: _Holdings) -> Decision:
        event = case.reading
        if isinstance(event, Rejection):
            return Decision(case, Outcome.QUARANTINED, event.cause, event.detail)
        client = state.clients.get(event.client_id)
        if client is None:
            return self._bring(case, event, state, WriteKind.CREATE, new_client(event))
        if client.tracking_id and client.recovery and client.recovery.message_id == case.letter.message_id:
            return _resume(case, client.recovery)
        if _agrees(event, client) and client.tracking_id is None:
            return self._bring(case, event, state, WriteKind.ATTACH, client)
        if self._comes_before(case, event, client, state):
            return self._take_over(case, event, state, client)
        outcome, cause, detail = compare(event, client)
        return Decision(case, outcome, cause, detail, against=client if state.may_change(client) else None)

    def _bring(self, case: Case, event: ClientCreated, state: _Holdings, kind: WriteKind, client: Client) -> Decision:
        tracking_id = wanted_tracking_id(event, self._key)
        owner = state.owners.get(tracking_id, event.client_id)
        if owner != event.client_id:
            return _quarantine(case, Cause.TRACKING_ID_CONFLICT, "the tracking ID belongs to another client")
        before = client.document if kind is WriteKind.ATTACH else None
        recovery = self._recovery(case, event, before)
        return state.holds(case, ClientWrite(kind, replace(client, tracking_id=tracking_id, recovery=recovery)))

    def _take_over(self, case: Case, event: ClientCreated, state: _Holdings, client: Client) -> Decision:
        held = _recovery_of(client)
        agreed = _agrees(event, client)
        loser = Superseded(
            held.message_id,
            Outcome.DUPLICATE if agreed else Outcome.QUARANTINED,
            Cause.ALREADY_RECOVERED if agreed else Cause.CLIENT_CONFLICT,
        )
        recovery = replace(self._recovery(case, event, held.before), superseded=(*held.superseded, loser))
        base = client if held.before is not None else new_client(event)
        written = replace(base, tracking_id=client.tracking_id, recovery=recovery)
        return state.holds(case, ClientWrite(WriteKind.SUPERSEDE, written))

    def _comes_before(self, case: Case, event: ClientCreated, client: Client, state: _Holdings) -> bool:
        held = client.recovery
        if held is None or not state.may_change(client):
            return False
        if _age(case) >= (held.occurred_at, held.rank):
            return False
        if held.before is not None and not _agrees(event, client):
            return False
        return wanted_tracking_id(event, self._key) == client.tracking_id

    def _recovery(self, case: Case, event: ClientCreated, before: dict[str, object] | None) -> Recovery:
        return Recovery(
            run_id=self._run_id,
            message_id=case.letter.message_id,
            occurred_at=event.occurred_at,
            recovered_at=self._now,
            origin=Origin.CARRIED if event.tracking_id else Origin.REGENERATED,
            before=before,
            stands_for=case.letter.stands_for,
        )


@dataclass(slots=True)
class _Holdings:
    """What MongoDB will hold as the batch is walked: what is known plus what was decided so far."""

    clients: dict[str, Client]
    owners: dict[str, str]
    open_runs: frozenset[str]

    def may_change(self, client: Client) -> bool:
        """Whether the run that brought `client` has yet to give its account."""
        return client.recovery is not None and client.recovery.run_id in self.open_runs

    def holds(self, case: Case, write: ClientWrite) -> Decision:
        """Decide for `write` and let the rest of the batch see it."""
        client, recovery = write.client, write.recovery
        self.clients[client.client_id] = client
        self.owners[client.tracking_id or ""] = client.client_id
        return Decision(
            case,
            Outcome.RECOVERED,
            recovery.origin.cause,
            write=write,
            superseded=recovery.superseded,
            before=recovery.before,
        )


def _age(case: Case) -> tuple[datetime, str]:
    """Orders the events of one client; bodies without a time come last and meet no client anyway."""
    reading = case.reading
    occurred_at = reading.occurred_at if isinstance(reading, ClientCreated) else datetime.max.replace(tzinfo=UTC)
    return occurred_at, case.letter.rank


def _resume(case: Case, recovery: Recovery) -> Decision:
    return Decision(
        case,
        Outcome.RECOVERED,
        recovery.origin.cause,
        superseded=recovery.superseded,
        before=recovery.before,
    )


def _recovery_of(client: Client) -> Recovery:
    if client.recovery is None:
        raise ValueError(f"client {client.client_id} was not brought by a recovery")
    return client.recovery


def _agrees(event: ClientCreated, client: Client) -> bool:
    return event.name == client.name and event.billing == client.billing


def _difference(event: ClientCreated, client: Client) -> str:
    parts = [
        part
        for part, same in (("name", event.name == client.name), ("billing", event.billing == client.billing))
        if not same
    ]
    return f"the client already exists with another {' and '.join(parts)}"


def _quarantine(case: Case, cause: Cause, detail: str) -> Decision:
    return Decision(case, Outcome.QUARANTINED, cause, detail)
