"""The steps that take one batch from the queue to the record: receive, record, decide, write, settle.

Each does one thing, may be repeated after a failure without changing the result, and knows nothing of who calls
it. `tasks` gives them retries, `flows` puts them in order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import uuid4

from reclaim.contracts.client_created import ClientCreated
from reclaim.model.clock import Clock
from reclaim.model.errors import QueueUnavailable
from reclaim.model.ledger import Delivery, LedgerEntry, Recorded, Settlement
from reclaim.model.message import DeadLetter
from reclaim.model.outcome import Cause, Outcome
from reclaim.model.record import Client
from reclaim.ports import ClientStore, Ledger, Queue, RunRegistry
from reclaim.recovery.decisions import Case, Decision, Judge, Known, read_cases, wanted_tracking_id
from reclaim.recovery.precedence import judge_anew, overdue

_CALL_LIMIT: Final = 10
"""SQS hands out no more messages in one call."""

_ROUNDS: Final = 4
"""How often a batch that loses a race is decided anew. Each lost race means that somebody else won one."""


class Batch:
    """One lane's messages on their way, with what identifies them.

    A plain class on purpose: the orchestrator looks into dataclasses, message by message, and may leave this alone.
    """

    __slots__ = ("delivery", "letters")

    def __init__(self, delivery: Delivery, letters: Sequence[DeadLetter]) -> None:
        self.delivery = delivery
        self.letters = tuple(letters)

    def __len__(self) -> int:
        return len(self.letters)

    def narrowed(self, letters: Sequence[DeadLetter]) -> Batch:
        """The same delivery with only these of its letters."""
        return Batch(self.delivery, letters)


class Verdicts:
    """The decisions on one batch; opaque to the orchestrator for the same reason as `Batch`."""

    __slots__ = ("decided_at", "decisions", "written_at")

    def __init__(self, decisions: Sequence[Decision], decided_at: datetime, written_at: datetime | None = None) -> None:
        self.decisions = tuple(decisions)
        self.decided_at = decided_at
        self.written_at = written_at


@dataclass(frozen=True, slots=True)
class Accounted:
    """What the ledger says of a batch after it was settled.

    Attributes:
        mine: the entries that this delivery settled.
        others: the messages that somebody else had settled first; they only remain to be deleted.
    """

    mine: tuple[LedgerEntry, ...]
    others: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReceiveLimits:
    """How a batch is gathered.

    Attributes:
        messages: how many at the most.
        size_bytes: no further call once the bodies are that large together.
        wait_seconds: how long the first call may wait for a message. The following ones do not: a batch that is not
            full is better than one that waits.
        visibility_seconds: how long what is received stays hidden; a quarter of it is all that gathering may
            take, so that the first message does not come back before the last has arrived.
    """

    messages: int
    size_bytes: int
    wait_seconds: int
    visibility_seconds: int


def receive(queue: Queue, run_id: str, limits: ReceiveLimits, clock: Clock) -> Batch:
    """Gather up to `limits.messages`; fewer, or none, when the queue has no more to give right now."""
    delivery = Delivery(run_id, uuid4().hex, queue.name, clock.now())
    letters: dict[str, DeadLetter] = {}
    started, size = clock.monotonic(), 0
    while len(letters) < limits.messages and size < limits.size_bytes:
        want = min(_CALL_LIMIT, limits.messages - len(letters))
        try:
            got = queue.receive(want, 0 if letters else limits.wait_seconds, limits.visibility_seconds)
        except QueueUnavailable:
            if not letters:
                raise
            break  # what is in hand goes on; the next batch will see whether the queue is back
        letters.update((letter.message_id, letter) for letter in got)
        size += sum(len(letter.body) for letter in got)
        if not got or clock.monotonic() - started > limits.visibility_seconds / 4:
            break
    return Batch(delivery, list(letters.values()))


def record(ledger: Ledger, batch: Batch, clock: Clock) -> Recorded:
    """Write the messages ahead. Those that an earlier delivery settled come back apart.

    A message that an undo sent again keeps the rank that it had, or the same events could come out another way.
    """
    first = ledger.stood_for([letter.message_id for letter in batch.letters])
    letters = [replace(x, stands_for=first[x.message_id]) if x.message_id in first else x for x in batch.letters]
    return ledger.record(letters, batch.delivery, clock.now())


def decide(clients: ClientStore, runs: RunRegistry, batch: Batch, key: bytes, clock: Clock) -> Verdicts:
    """Look up what MongoDB holds and decide every message of the batch."""
    now = clock.now()
    judge = Judge(key, batch.delivery.run_id, now)
    cases = read_cases(batch.letters)
    return Verdicts(judge.decide(cases, _look_up(clients, runs, batch, cases, key)), now)


def write(
    clients: ClientStore,
    ledger: Ledger,
    runs: RunRegistry,
    batch: Batch,
    verdicts: Verdicts,
    *,
    key: bytes,
    clock: Clock,
) -> Verdicts:
    """Write what was decided, read it back, and decide again until nothing is left to write.

    An outcome that comes out of here was derived from what a majority of MongoDB's members hold. A message that
    still wants a write after several rounds is deferred: the store does not keep what it is given.
    """
    decisions = verdicts.decisions
    judge = Judge(key, batch.delivery.run_id, clock.now())
    for _ in range(_ROUNDS):
        writes = [decision.write for decision in decisions if decision.write]
        if not writes:
            break
        clients.write(writes)
        cases = [decision.case for decision in decisions]
        decisions = tuple(judge.decide(cases, _look_up(clients, runs, batch, cases, key)))
    for decision in decisions:
        if decision.superseded and not decision.write:
            judge_anew(decision.case.client_id or "", clients, ledger, runs, batch.delivery.run_id)
    settled = [_unwritten(decision) if decision.write else decision for decision in decisions]
    return Verdicts(settled, verdicts.decided_at, clock.now())


def settle(ledger: Ledger, batch: Batch, verdicts: Verdicts, clock: Clock) -> Accounted:
    """Put the final outcomes into the ledger; what it then holds is what counts."""
    final = [as_settlement(d, verdicts) for d in verdicts.decisions if d.outcome.is_final]
    entries = ledger.settle(final, batch.delivery, clock.now())
    lost = [
        replace(settlement, outcome=by.outcome, cause=by.cause, wrote=False)
        for settlement in final
        if (entry := entries.get(settlement.message_id)) and not entry.is_settled and (by := entry.superseded)
    ]
    if lost:
        entries |= ledger.settle(lost, batch.delivery, clock.now())
    settled = [entry for entry in entries.values() if entry.is_settled]
    mine = {e.message_id: e for e in settled if e.delivery_id == batch.delivery.delivery_id}
    others = tuple(entry.message_id for entry in settled if entry.message_id not in mine)
    decisions = [decision for decision in verdicts.decisions if decision.message_id in mine]
    for _ in range(_ROUNDS):
        changes = overdue(decisions, mine, ledger)
        if not changes:
            break
        for winner, one in changes:
            ledger.supersede(winner, [one])
        mine |= ledger.find([one.message_id for _, one in changes])
    return Accounted(tuple(mine.values()), others)


def acknowledge(queue: Queue, ledger: Ledger, batch: Batch, clock: Clock) -> list[str]:
    """Delete settled messages from the queue; the IDs of those it would not delete (they come back by themselves)."""
    refused = queue.delete([letter.receipt for letter in batch.letters])
    kept = set(refused)
    ledger.mark_deleted([letter.message_id for letter in batch.letters if letter.message_id not in kept], clock.now())
    return refused


def as_settlement(decision: Decision, verdicts: Verdicts) -> Settlement:
    """What the ledger keeps of a decision."""
    reading = decision.case.reading
    event = reading if isinstance(reading, ClientCreated) else None
    return Settlement(
        message_id=decision.message_id,
        outcome=decision.outcome,
        cause=decision.cause,
        detail=decision.detail,
        client_id=reading.client_id,
        event_id=event.event_id if event else None,
        occurred_at=event.occurred_at if event else None,
        envelope=reading.envelope,
        rate_minor=event.billing.rate_minor if event else None,
        currency=event.billing.currency if event else None,
        wrote=decision.outcome is Outcome.RECOVERED,
        before=decision.before,
        decided_at=verdicts.decided_at,
        written_at=verdicts.written_at,
    )


def _look_up(clients: ClientStore, runs: RunRegistry, batch: Batch, cases: Sequence[Case], key: bytes) -> Known:
    events = [case.reading for case in cases if isinstance(case.reading, ClientCreated)]
    found = clients.find({event.client_id for event in events})
    wanted = {wanted_tracking_id(e, key) for e in events if _lacks_id(found.get(e.client_id))}
    owners = clients.owners(wanted) if wanted else {}
    others = {c.recovery.run_id for c in found.values() if c.recovery} - {batch.delivery.run_id}
    return Known(found, owners, runs.unclosed(others) if others else frozenset())


def _lacks_id(client: Client | None) -> bool:
    return client is None or client.tracking_id is None


def _unwritten(decision: Decision) -> Decision:
    return Decision(decision.case, Outcome.DEFERRED, Cause.STORE_UNAVAILABLE, "what was written could not be read back")
