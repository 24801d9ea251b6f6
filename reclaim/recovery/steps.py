"""The steps that take one batch from the queue to the record: receive, record, decide, write, settle.

Each does one thing and may be repeated after a failure without changing the result. `tasks` gives them retries,
`flows` puts them in order.
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
"""How often a batch that loses a race is written and decided again. Each lost race means that another writer won."""


class Batch:
    """The messages that one lane received together, and their delivery.

    A plain class, because the orchestrator walks through dataclasses, message by message.
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
    """The decisions on one batch; a plain class for the same reason as `Batch`."""

    __slots__ = ("decided_at", "decisions", "written_at")

    def __init__(self, decisions: Sequence[Decision], decided_at: datetime, written_at: datetime | None = None) -> None:
        self.decisions = tuple(decisions)
        self.decided_at = decided_at
        self.written_at = written_at


@dataclass(frozen=True, slots=True)
class SettledBatch:
    """What the ledger holds of a batch after it was settled.

    Attributes:
        entries: those that this delivery settled.
        settled_elsewhere: the IDs of messages that another delivery had settled first; they are only to be deleted.
    """

    entries: tuple[LedgerEntry, ...]
    settled_elsewhere: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReceiveLimits:
    """How much is received for one batch, and how.

    Attributes:
        messages: maximum messages.
        size_bytes: no further call once the bodies are that large together.
        wait_seconds: how long the first call may wait for a message. The following ones do not: a batch that is not
            full is better than one that waits.
        visibility_seconds: how long what is received stays hidden; receiving may take no more than a quarter of it, so
            that the first message does not come back before the last has arrived.
    """

    messages: int
    size_bytes: int
    wait_seconds: int
    visibility_seconds: int


def receive(queue: Queue, run_id: str, contract: Contract, limits: ReceiveLimits, clock: Clock) -> Batch:
    """Receive up to `limits.messages`, in several calls; fewer, or none, when the queue hands out no more right now."""
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
            break  # what was received goes on; the next batch shows whether the queue is back
        messages.update((message.message_id, message) for message in got)
        size += sum(len(message.body) for message in got)
        if not got or clock.monotonic() - started > limits.visibility_seconds / 4:
            break
    return Batch(delivery, list(messages.values()))


def record(ledger: Ledger, batch: Batch, clock: Clock) -> Recorded:
    """Write the messages into the ledger (write-ahead). Those that an earlier delivery settled come back apart."""
    return ledger.record(batch.messages, batch.delivery, clock.now())


def decide(records: RecordStore, batch: Batch, contract: Contract, key: bytes, clock: Clock) -> BatchDecisions:
    """Read what MongoDB holds and decide every message of the batch."""
    now = clock.now()
    engine = DecisionEngine(contract, key, batch.delivery.run_id, now)
    cases = read_cases(batch.messages, contract)
    return BatchDecisions(engine.decide(cases, _look_up(records, cases, contract, key)), now)


def write(
    records: RecordStore, batch: Batch, decided: BatchDecisions, contract: Contract, key: bytes, clock: Clock
) -> BatchDecisions:
    """Write what was decided, read it back, and decide again until nothing is left to write.

    Every outcome that it returns follows from what a majority of MongoDB's members hold. A message that still needs a
    write after several rounds is deferred, and so is every message whose outcome depended on that write: the store does
    not keep what it is given.
    """
    decisions: Sequence[Decision] = decided.decisions
    cases = [decision.case for decision in decisions]
    engine = DecisionEngine(contract, key, batch.delivery.run_id, clock.now())
    for _ in range(_ROUNDS):
        writes = [decision.write for decision in decisions if decision.write]
        if not writes:
            break
        records.write(writes)
        known = _look_up(records, cases, contract, key)
        decisions = engine.decide(cases, known)
    else:
        # Each on its own, against what is held and not against the writes of its neighbours.
        alone = [engine.decide([case], known)[0] for case in cases]
        decisions = [_deferred(decision) if decision.write else decision for decision in alone]
    return BatchDecisions(decisions, decided.decided_at, clock.now())


def settle(ledger: Ledger, batch: Batch, decided: BatchDecisions, clock: Clock) -> SettledBatch:
    """Write the final outcomes into the ledger. An entry that is settled already stays as it is, and is what counts."""
    final = [_settlement_of(one, decided) for one in decided.decisions if one.outcome.is_final]
    settled = [one for one in ledger.settle(final, batch.delivery, clock.now()).values() if one.is_settled]
    own = tuple(entry for entry in settled if entry.delivery_id == batch.delivery.delivery_id)
    elsewhere = tuple(entry.message_id for entry in settled if entry.delivery_id != batch.delivery.delivery_id)
    return SettledBatch(own, elsewhere)


def acknowledge(queue: Queue, ledger: Ledger, batch: Batch, clock: Clock) -> list[str]:
    """Delete settled messages from the queue; the IDs of those it would not delete (they come back by themselves)."""
    refused = queue.delete([message.receipt for message in batch.messages])
    kept = set(refused)
    deleted = [message.message_id for message in batch.messages if message.message_id not in kept]
    ledger.mark_deleted(deleted, clock.now())
    return refused


def deferral_of(message: Message, cause: Cause, detail: str, contract: Contract) -> Settlement:
    """The message as deferred, with what its body says of its record: that record's money waits with it."""
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


def _deferred(decision: Decision) -> Decision:
    return Decision(decision.case, Outcome.DEFERRED, Cause.STORE_UNAVAILABLE, "what was written could not be read back")
