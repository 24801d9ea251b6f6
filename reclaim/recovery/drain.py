"""What the lanes of one run share: how much may be received next, what was counted, and when it is over.

All state of a run in progress is here, behind one lock; the policies that it follows are values in
`reclaim.recovery.pacing` and `reclaim.recovery.breaker`.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from reclaim.model.clock import Clock
from reclaim.model.errors import ExitCode
from reclaim.model.event import Event, Rejection
from reclaim.model.ledger import Recorded
from reclaim.model.message import Message, QueueDepth
from reclaim.model.outcome import Cause, Counts, Outcome
from reclaim.recovery.breaker import Breaker, BreakerPolicy
from reclaim.recovery.pacing import CANARY, Pace, PacePolicy
from reclaim.recovery.steps import Batch, BatchDecisions, SettledBatch
from reclaim.text.printable import one_line

_SHOWN_TYPES: Final = 5
_SHOWN_CHARACTERS: Final = 80
"""Of a type that a message says it has."""

_MAX_SLEEP_SECONDS: Final = 0.5
"""A lane that waits for its turn checks this often whether the run was halted."""


class Ending(StrEnum):
    """Why a drain stopped receiving."""

    EMPTY = "the queue is empty"
    LIMIT = "the stated number of messages was received"
    ELSEWHERE = "the rest is in flight elsewhere or hidden"
    HALTED = "the run was halted"


@dataclass(frozen=True, slots=True)
class DrainPolicy:
    """The limits of one drain.

    Attributes:
        batch_size: messages per batch once the canaries have passed.
        max_messages: received messages after which it stops; None for no limit.
        empty_polls: empty long polls in a row before the queue's own numbers are believed.
        patience_seconds: how long, after the last message, messages in flight elsewhere are waited for.
        contract, event_type: the contract's name and its events' type. A run all of whose canary messages are of other
            types is halted: most likely it drains the wrong queue.
        dead_end_seconds: how long, after the last message, a queue that claims to hold messages but hands out none
            is still asked.
    """

    batch_size: int
    max_messages: int | None
    empty_polls: int
    patience_seconds: float
    pace: PacePolicy
    breaker: BreakerPolicy
    contract: str = ""
    event_type: str = ""
    canary: tuple[int, ...] = CANARY
    dead_end_seconds: float = 120.0


@dataclass(frozen=True, slots=True)
class DrainProgress:
    """A drain at one moment.

    Attributes:
        seconds: since it began.
        busy_seconds: from its beginning until the last batch was done; waiting for the end is not in it.
        causes: messages by cause; those of deferred messages are in `deferred_causes` too.
        pace: messages per second allowed now.
        in_work: messages received whose batch has not left its lane.
    """

    seconds: float
    busy_seconds: float
    counts: Counts
    reacknowledged: int
    causes: dict[str, int]
    deferred_causes: dict[str, int]
    pace: float
    in_work: int
    batches: int
    ending: Ending | None


class RunCounters:
    """Counts what a run received and what became of it. Not thread-safe: its owner holds the lock."""

    def __init__(self) -> None:
        self._received = 0
        self._outcomes: Counter[tuple[Outcome, Cause]] = Counter()
        self._deferred: dict[str, Cause] = {}
        self.reacknowledged = 0

    def accept(self, message_ids: Collection[str]) -> None:
        """Count messages as received; one that this run has deferred before is counted already."""
        self._received += len(message_ids) - self._taken_back(message_ids)

    def reacknowledge(self, message_ids: Collection[str], *, accepted: bool) -> None:
        """Another delivery settled these: no longer counted as received, if they were `accepted` before."""
        self.reacknowledged += len(message_ids)
        # One that this run had deferred was counted as received, whichever delivery has settled it since.
        deferred = self._taken_back(message_ids)
        self._received -= len(message_ids) if accepted else deferred

    def count_outcomes(self, outcomes: Iterable[tuple[Outcome, Cause]]) -> None:
        """Count the final outcomes of a batch."""
        self._outcomes.update(outcomes)

    def defer(self, causes: dict[str, Cause]) -> None:
        """Count messages that stay in the queue, by ID."""
        self._deferred |= causes

    @property
    def deferred(self) -> int:
        """How many messages this run left in the queue."""
        return len(self._deferred)

    @property
    def deferred_causes(self) -> dict[str, int]:
        """Why they stayed there."""
        return dict(Counter(cause.value for cause in self._deferred.values()))

    @property
    def counts(self) -> Counts:
        """Received, and each outcome."""
        by_outcome: Counter[Outcome] = Counter()
        for (outcome, _), count in self._outcomes.items():
            by_outcome[outcome] += count
        by_outcome[Outcome.DEFERRED] += self.deferred
        return Counts.of(self._received, by_outcome)

    @property
    def causes(self) -> dict[str, int]:
        """Messages by cause, whatever became of them."""
        causes: Counter[str] = Counter(self.deferred_causes)
        for (_, cause), count in self._outcomes.items():
            causes[cause.value] += count
        return dict(causes)

    def _taken_back(self, message_ids: Collection[str]) -> int:
        return sum(1 for message_id in message_ids if self._deferred.pop(message_id, None))


class Drain:
    """The shared state of one run's lanes. Every method may be called from any thread."""

    def __init__(self, policy: DrainPolicy, clock: Clock) -> None:
        self._policy = policy
        self._clock = clock
        self._changed = threading.Condition()
        self._pace = Pace(policy.pace, clock.monotonic())
        self._breaker = Breaker(policy.breaker)
        self._started = self._last_message = self._last_done = clock.monotonic()
        self._canaries_passed = 0
        self._canary_out = False
        self._canary_types: Counter[str] = Counter()
        self._canary_fits = False
        self._asked_for = 0
        self._asking = 0
        self._in_work = 0
        self._batches = 0
        self._empty_polls = 0
        self._counters = RunCounters()
        self._ending: Ending | None = None
        self._held_elsewhere = 0
        self._halt_code = ExitCode.HALTED

    # --- asking for work -------------------------------------------------------------------------------------

    def next_batch(self) -> int:
        """How many messages the calling lane may receive now; waits for its turn. 0: there is nothing more to do."""
        with self._changed:
            while self._ending is None and self._canary_out and self._in_canary():
                self._changed.wait(0.5)
            size = self._allowance()
            if size == 0:
                return 0
            self._canary_out = self._in_canary()
            self._asked_for += size
            self._asking += 1
            wait = self._pace.reserve(size, self._clock.monotonic())
        while self._still_wanted(size):
            if wait <= 0:
                return size
            pause = min(wait, _MAX_SLEEP_SECONDS)
            self._clock.sleep(pause)
            wait -= pause
        return 0

    def _still_wanted(self, size: int) -> bool:
        """Whether a lane that waits for its turn may go on; if not, what it reserved is given back."""
        with self._changed:
            if self._ending is None:
                return True
            self._asking -= 1
            self._asked_for -= size
            return False

    def _allowance(self) -> int:
        if self._ending is not None:
            return 0
        # No more than a second's worth: at a slow pace a full batch would be waited for longer than it takes to see
        # that the queue is empty.
        size = min(self._policy.batch_size, max(1, int(self._pace.rate)))
        if self._in_canary():
            size = min(size, self._policy.canary[self._canaries_passed])
        if self._policy.max_messages is not None:
            size = min(size, self._policy.max_messages - self._asked_for)
            if size <= 0 and self._in_work == 0 and self._asking == 0:
                self._end(Ending.LIMIT)
        return max(size, 0)

    def _in_canary(self) -> bool:
        return self._canaries_passed < len(self._policy.canary)

    # --- noting what happened -------------------------------------------------------------------------------

    def received(self, asked: int, got: int) -> None:
        """A receive ended: it asked for `asked` messages and brought `got`."""
        with self._changed:
            self._pace.refund(asked - got)
            self._asked_for -= asked - got
            self._asking -= 1
            self._in_work += got
            if got:
                self._batches += 1
                self._empty_polls = 0
                self._last_message = self._clock.monotonic()
            else:
                self._empty_polls += 1
                self._canary_out = False
            self._changed.notify_all()

    def accept(self, message_ids: Collection[str]) -> None:
        """See `RunCounters.accept`."""
        with self._changed:
            self._counters.accept(message_ids)

    def reacknowledge(self, message_ids: Collection[str], *, accepted: bool) -> None:
        """See `RunCounters.reacknowledge`."""
        with self._changed:
            self._counters.reacknowledge(message_ids, accepted=accepted)

    def count_outcomes(self, outcomes: Iterable[tuple[Outcome, Cause]]) -> None:
        """See `RunCounters.count_outcomes`."""
        with self._changed:
            self._counters.count_outcomes(outcomes)

    def defer(self, causes: dict[str, Cause]) -> None:
        """See `RunCounters.defer`."""
        with self._changed:
            self._counters.defer(causes)

    def note_types(self, readings: Iterable[Event | Rejection]) -> None:
        """Note, while canaries run, which other types messages had; see `DrainPolicy.event_type`."""
        with self._changed:
            if not self._in_canary():
                return
            for reading in readings:
                if isinstance(reading, Rejection) and reading.cause is Cause.UNSUPPORTED_EVENT_TYPE:
                    self._canary_types[one_line(reading.event_type)[:_SHOWN_CHARACTERS]] += 1
                else:
                    self._canary_fits = True

    def batch_done(self, messages: int, failed: int, write_seconds: float | None) -> None:
        """A batch left its lane; `failed` of its messages failed unexpectedly."""
        with self._changed:
            self._in_work -= messages
            self._last_done = self._clock.monotonic()
            self._breaker.observe(messages, failed)
            if failed:
                self._pace.slow_down()
            elif write_seconds is not None:
                self._pace.note_write(write_seconds)
            if self._in_canary():
                self._canary_out = False
                self._canaries_passed += 0 if failed else 1
                if not self._in_canary() and self._canary_types and not self._canary_fits:
                    self._breaker.trip(self._wrong_queue())
            self._stop_if_tripped()

    def _wrong_queue(self) -> str:
        types = ", ".join(
            f"{name or 'an empty type'} ({count})" for name, count in self._canary_types.most_common(_SHOWN_TYPES)
        )
        return (
            f"All {self._canary_types.total()} canary messages are of other types than {self._policy.event_type}"
            f" (contract {self._policy.contract}): {types}. Most likely this is another queue."
        )

    def slow_down(self) -> None:
        """A step failed and will be tried again: halve the pace."""
        with self._changed:
            self._pace.slow_down()

    def halt(self, explanation: str, exit_code: ExitCode = ExitCode.HALTED) -> None:
        """Stop the run: no lane gets another batch. The first to halt it gives the explanation and the exit code."""
        with self._changed:
            if not self._breaker.explanation:
                self._halt_code = exit_code
            self._breaker.trip(explanation)
            self._stop_if_tripped()

    def _stop_if_tripped(self) -> None:
        if self._breaker.explanation:
            self._end(Ending.HALTED)
        self._changed.notify_all()

    def _end(self, ending: Ending) -> None:
        if self._ending is None or ending is Ending.HALTED:
            self._ending = ending
        self._changed.notify_all()

    # --- ending ----------------------------------------------------------------------------------------------

    @property
    def should_check_depth(self) -> bool:
        """Whether so many polls in a row came back empty that the queue's own numbers should be read."""
        with self._changed:
            return self._ending is None and self._in_work == 0 and self._empty_polls >= self._policy.empty_polls

    def check_depth(self, depth: QueueDepth) -> None:
        """Compare the queue's numbers with what this run has in hand, and end if no more messages are expected."""
        with self._changed:
            if self._ending is not None or self._in_work or self._empty_polls < self._policy.empty_polls:
                return
            quiet = self._clock.monotonic() - self._last_message
            self._held_elsewhere = max(0, depth.total - self._counters.deferred)
            dead_end = max(self._policy.dead_end_seconds, self._policy.patience_seconds)
            if self._held_elsewhere == 0:
                self._end(Ending.EMPTY)
            elif quiet > (self._policy.patience_seconds if depth.visible == 0 else dead_end):
                self._end(Ending.ELSEWHERE)

    # --- reading ----------------------------------------------------------------------------------------------

    @property
    def halted(self) -> str:
        """Why the run was halted; empty if it was not."""
        with self._changed:
            return self._breaker.explanation

    @property
    def halt_code(self) -> ExitCode:
        """The exit code of a halted run."""
        with self._changed:
            return self._halt_code

    @property
    def held_elsewhere(self) -> int:
        """How many messages the queue held, when its numbers were last read, that this run did not defer itself."""
        with self._changed:
            return self._held_elsewhere

    def progress(self) -> DrainProgress:
        """The drain at this moment."""
        with self._changed:
            return DrainProgress(
                seconds=self._clock.monotonic() - self._started,
                busy_seconds=self._last_done - self._started,
                counts=self._counters.counts,
                reacknowledged=self._counters.reacknowledged,
                causes=self._counters.causes,
                deferred_causes=self._counters.deferred_causes,
                pace=self._pace.rate,
                in_work=self._in_work,
                batches=self._batches,
                ending=self._ending,
            )


class BatchCounters:
    """Counts one batch step by step, so that every message has an outcome whichever way the batch ends."""

    def __init__(self, drain: Drain, batch: Batch) -> None:
        self._drain = drain
        self._batch = batch
        self._open: dict[str, Message] = {message.message_id: message for message in batch.messages}
        self._accepted = False
        self._failed = 0
        self._write_seconds: float | None = None

    @property
    def open_messages(self) -> list[Message]:
        """Messages received that have no outcome yet."""
        return list(self._open.values())

    def record(self, recorded: Recorded) -> Batch:
        """The messages are in the ledger: what is fresh is received; what is settled is only to be deleted."""
        settled = [message.message_id for message in recorded.settled]
        self._drain.reacknowledge(settled, accepted=False)
        self._drain.accept([message.message_id for message in recorded.fresh])
        self._accepted = True
        for message_id in settled:
            del self._open[message_id]
        return self._batch.narrowed(recorded.fresh)

    def settle(self, settled: SettledBatch, decided: BatchDecisions, write_seconds: float) -> Mapping[str, Cause]:
        """Count what the ledger now holds; the causes of what could not be settled, by message."""
        self._drain.count_outcomes([(e.outcome, e.cause) for e in settled.entries if e.outcome and e.cause])
        self._drain.reacknowledge(settled.settled_elsewhere, accepted=True)
        for message_id in (*(entry.message_id for entry in settled.entries), *settled.settled_elsewhere):
            del self._open[message_id]
        self._drain.note_types(one.case.reading for one in decided.decisions)
        self._write_seconds = write_seconds
        self._failed = len(self._open)
        causes = {decision.message_id: decision.cause for decision in decided.decisions}
        return self.defer({message_id: causes[message_id] for message_id in self._open})

    def fail(self, cause: Cause) -> Mapping[str, Cause]:
        """A step failed past its retries: everything still open stays in the queue."""
        if not self._accepted:
            self._drain.accept(list(self._open))
            self._accepted = True
        self._failed = len(self._open)
        return self.defer(dict.fromkeys(self._open, cause))

    def defer(self, causes: dict[str, Cause]) -> Mapping[str, Cause]:
        """Count what stays in the queue."""
        self._drain.defer(causes)
        return causes

    def close(self) -> None:
        """The batch leaves its lane."""
        self._drain.batch_done(len(self._batch), self._failed, self._write_seconds)
