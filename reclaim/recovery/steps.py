"""The steps that take one batch from the queue to the record: receive, record, decide, write, settle.

Each does one thing, may be repeated after a failure without changing the result, and knows nothing of who calls
it. `tasks` gives them retries, `flows` puts them in order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

from reclaim.contracts.contract import Contract
from reclaim.contracts.reading import read_event
from reclaim.model.clock import Clock
from reclaim.model.errors import QueueUnavailable
from reclaim.model.event import Event, Rejection
from reclaim.model.ledger import Delivery, LedgerEntry, Recorded, Settlement
from reclaim.model.message import CALL_LIMIT, Message
from reclaim.model.outcome import Cause, Outcome
from reclaim.ports import Ledger, Queue, RecordStore
from reclaim.recovery.decisions import Case, Decision, DecisionEngine, Known, read_cases, wanted_identity

_ROUNDS: Final = 4
"""How often a batch that loses a race is decided again. Each lost race means that another writer won one."""


class Batch:
    """One lane's messages on their way, with what identifies them.

    A plain class on purpose: the orchestrator looks into dataclasses, message by message, and may leave this alone.
    """

    __slots__ = ("delivery", "messages")

    def __init__(self, delivery: Delivery, messages: Sequence[Message]) -> None:
        self.delivery = delivery
        self.messages = tuple(messages)

    def __len__(self) -> int:
        return len(self.messages)

    def narrowed(self, messages: Sequence[Message]) -> Batch:
        """The same delivery with only these of its messages."""
        return Batch(self.delivery, messages)


class BatchDecisions:
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
        others: the messages that another delivery had settled first; they only remain to be deleted.
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


def receive(queue: Queue, run_id: str, contract: Contract, limits: ReceiveLimits, clock: Clock) -> Batch:
    """Gather up to `limits.messages`; fewer, or none, when the queue has no more to give right now."""
    delivery = Delivery(run_id, uuid4().hex, queue.name, clock.now(), contract.name)
    messages: dict[str, Message] = {}
    started, size = clock.monotonic(), 0
    while len(messages) < limits.messages and size < limits.size_bytes:
        want = min(CALL_LIMIT, limits.messages - len(messages))
        try:
            got = queue.receive(want, 0 if messages else limits.wait_seconds, limits.visibility_seconds)
        except QueueUnavailable:
            if not messages:
                raise
            break  # what is in hand goes on; the next batch will see whether the queue is back
        messages.update((message.message_id, message) for message in got)
        size += sum(len(message.body) for message in got)
        if not got or clock.monotonic() - started > limits.visibility_seconds / 4:
            break
    return Batch(delivery, list(messages.values()))


def record(ledger: Ledger, batch: Batch, clock: Clock) -> Recorded:
    """Write the messages ahead. Those that an earlier delivery settled come back apart."""
    return ledger.record(batch.messages, batch.delivery, clock.now())


def decide(records: RecordStore, batch: Batch, contract: Contract, key: bytes, clock: Clock) -> BatchDecisions:
    """Look up what MongoDB holds and decide every message of the batch."""
    now = clock.now()
    engine = DecisionEngine(contract, key, batch.delivery.run_id, now)
    cases = read_cases(batch.messages, contract)
    return BatchDecisions(engine.decide(cases, _look_up(records, cases, contract, key)), now)


def write(
    records: RecordStore, batch: Batch, decided: BatchDecisions, contract: Contract, key: bytes, clock: Clock
) -> BatchDecisions:
    """Write what was decided, read it back, and decide again until nothing is left to write.

    An outcome that comes out of here was derived from what a majority of MongoDB's members hold. A message that
    still wants a write after several rounds is deferred, and so are the others of its record, which were decided
    against a write that did not come to stand: the store does not keep what it is given.
    """
    decisions = decided.decisions
    engine = DecisionEngine(contract, key, batch.delivery.run_id, clock.now())
    for _ in range(_ROUNDS):
        writes = [decision.write for decision in decisions if decision.write]
        if not writes:
            break
        records.write(writes)
        cases = [decision.case for decision in decisions]
        decisions = tuple(engine.decide(cases, _look_up(records, cases, contract, key)))
    unwritten = {decision.case.record_key for decision in decisions if decision.write}
    settled = [_deferred(one) if _depends_on(one, unwritten) else one for one in decisions]
    return BatchDecisions(settled, decided.decided_at, clock.now())


def settle(ledger: Ledger, batch: Batch, decided: BatchDecisions, clock: Clock) -> Accounted:
    """Put the final outcomes into the ledger, each once and for all; what it then holds is what counts."""
    final = [_settlement_of(one, decided) for one in decided.decisions if one.outcome.is_final]
    settled = [one for one in ledger.settle(final, batch.delivery, clock.now()).values() if one.is_settled]
    mine = tuple(entry for entry in settled if entry.delivery_id == batch.delivery.delivery_id)
    others = tuple(entry.message_id for entry in settled if entry.delivery_id != batch.delivery.delivery_id)
    return Accounted(mine, others)


def acknowledge(queue: Queue, ledger: Ledger, batch: Batch, clock: Clock) -> list[str]:
    """Delete settled messages from the queue; the IDs of those it would not delete (they come back by themselves)."""
    refused = queue.delete([message.receipt for message in batch.messages])
    kept = set(refused)
    deleted = [message.message_id for message in batch.messages if message.message_id not in kept]
    ledger.mark_deleted(deleted, clock.now())
    return refused


def deferral_of(message: Message, cause: Cause, detail: str, contract: Contract) -> Settlement:
    """The message as deferred, with what its body says of its record: somebody's money waits with it."""
    return _settlement(message.message_id, Outcome.DEFERRED, cause, detail, read_event(message.body, contract))


def _settlement_of(decision: Decision, decided: BatchDecisions) -> Settlement:
    """What the ledger keeps of a decision."""
    return _settlement(
        decision.message_id,
        decision.outcome,
        decision.cause,
        decision.detail,
        decision.case.reading,
        wrote=decision.outcome is Outcome.RECOVERED,
        before=decision.before,
        decided_at=decided.decided_at,
        written_at=decided.written_at,
    )


def _settlement(
    message_id: str,
    outcome: Outcome,
    cause: Cause,
    detail: str,
    reading: Event | Rejection,
    **how: Any,  # noqa: ANN401
) -> Settlement:
    event = reading if isinstance(reading, Event) else None
    amount = event.amount if event else None
    return Settlement(
        message_id=message_id,
        outcome=outcome,
        cause=cause,
        detail=detail,
        record_key=reading.record_key,
        event_id=event.event_id if event else None,
        occurred_at=event.occurred_at if event else None,
        envelope=reading.envelope,
        rate_minor=amount.minor if amount else None,
        currency=amount.currency if amount else None,
        **how,
    )


def _look_up(records: RecordStore, cases: Sequence[Case], contract: Contract, key: bytes) -> Known:
    events = [case.reading for case in cases if isinstance(case.reading, Event)]
    found = records.find({event.record_key for event in events})
    lacking = [event for event in events if (held := found.get(event.record_key)) is None or held.identity is None]
    wanted = {wanted_identity(event, contract, key) for event in lacking}
    return Known(found, records.owners(wanted) if wanted else {})


def _depends_on(decision: Decision, unwritten: set[str | None]) -> bool:
    return isinstance(decision.case.reading, Event) and decision.case.record_key in unwritten


def _deferred(decision: Decision) -> Decision:
    return Decision(decision.case, Outcome.DEFERRED, Cause.STORE_UNAVAILABLE, "what was written could not be read back")
