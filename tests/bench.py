"""The steps of a recovery over the adapters in memory, in the order of a lane, without an orchestrator."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from reclaim.adapters.memory.ledger import MemoryLedger
from reclaim.adapters.memory.records import MemoryRecords
from reclaim.adapters.memory.runs import MemoryRuns
from reclaim.adapters.memory.sqs import MemoryQueue
from reclaim.model.clock import ManualClock
from reclaim.model.message import Message
from reclaim.model.outcome import Cause, Outcome
from reclaim.model.run import RunState
from reclaim.recovery import steps
from reclaim.recovery.steps import Batch, BatchDecisions, ReceiveLimits
from tests.builders import CONTRACT, KEY, RUN, a_delivery, a_run

STEPS = ("receive", "record", "decide", "write", "settle", "acknowledge")
VISIBILITY = 30

Observer = Callable[[str], None]
"""Told the name of every step that was just done; may raise, as a process that is killed there would end."""


def unobserved(step: str) -> None:
    """Nobody observes."""


class Bench:
    """A queue, a ledger, records and a registry; `run` drains the queue into the others."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.queue = MemoryQueue(self.clock)
        self.ledger = MemoryLedger()
        self.records = MemoryRecords(CONTRACT, self.ledger)
        self.runs = MemoryRuns()

    def run(self, run_id: str = RUN, batch_size: int = 10, done: Observer = unobserved) -> None:
        """A whole run: it drains what is visible, then ends."""
        self.open(run_id)
        while self.drain_one(run_id, batch_size, done):
            pass
        self.close(run_id)

    def open(self, run_id: str) -> None:
        """Enter a run into the registry."""
        self.runs.begin(a_run(run_id))

    def close(self, run_id: str) -> None:
        """Let a run end."""
        self.runs.save(a_run(run_id, state=RunState.COMPLETED))

    def drain_one(self, run_id: str = RUN, batch_size: int = 10, done: Observer = unobserved) -> int:
        """One batch from the queue to the records; how many messages it had."""
        limits = ReceiveLimits(batch_size, 2**20, wait_seconds=0, visibility_seconds=VISIBILITY)
        batch = steps.receive(self.queue, run_id, CONTRACT, limits, self.clock)
        done("receive")
        if len(batch):
            self.take_through(batch, done)
        return len(batch)

    def deliver(self, messages: Sequence[Message], delivery_id: str, run_id: str = RUN) -> None:
        """Take these messages through as one batch, as if they had just been received."""
        self.take_through(Batch(a_delivery(delivery_id, run_id), messages))

    def take_through(self, batch: Batch, done: Observer = unobserved) -> None:
        """One batch through every step."""
        recorded = steps.record(self.ledger, batch, self.clock)
        done("record")
        fresh = batch.narrowed(recorded.fresh)
        decided = steps.decide(self.records, fresh, CONTRACT, KEY, self.clock)
        done("decide")
        decided = self.write(fresh, decided)
        done("write")
        settled = steps.settle(self.ledger, fresh, decided, self.clock)
        done("settle")
        to_delete = {
            *(entry.message_id for entry in settled.entries),
            *settled.settled_elsewhere,
            *(message.message_id for message in recorded.settled),
        }
        deleted = batch.narrowed([message for message in batch.messages if message.message_id in to_delete])
        steps.acknowledge(self.queue, self.ledger, deleted, self.clock)
        done("acknowledge")

    def write(self, batch: Batch, decided: BatchDecisions) -> BatchDecisions:
        """The step `write`."""
        return steps.write(self.records, batch, decided, CONTRACT, KEY, self.clock)

    def outcomes(self, message_ids: Iterable[str]) -> dict[str, tuple[Outcome | None, Cause | None]]:
        """What the ledger says of each message."""
        held = self.ledger.find(list(message_ids))
        return {one: (entry.outcome, entry.cause) for one, entry in held.items()}
