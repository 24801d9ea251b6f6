"""The books of one batch: which of its messages are still in hand, until every one is accounted for."""

from __future__ import annotations

from collections.abc import Mapping

from reclaim.model.ledger import Recorded
from reclaim.model.message import DeadLetter
from reclaim.model.outcome import Cause
from reclaim.recovery.drain import Drain
from reclaim.recovery.steps import Accounted, Batch, Verdicts


class BatchBooks:
    """Enters one batch into its run's books, step by step, so that no way out of the batch leaves a message over."""

    def __init__(self, drain: Drain, batch: Batch) -> None:
        self._drain = drain
        self._batch = batch
        self._open: dict[str, DeadLetter] = {letter.message_id: letter for letter in batch.letters}
        self._accepted = False
        self._failed = 0
        self._write_seconds: float | None = None

    @property
    def open_letters(self) -> list[DeadLetter]:
        """Messages received and not accounted for."""
        return list(self._open.values())

    def record(self, recorded: Recorded) -> Batch:
        """The write-ahead stands: what is fresh is received; what is settled is only to be deleted."""
        settled = [letter.message_id for letter in recorded.settled]
        self._drain.reacknowledge(settled, accepted=False)
        self._drain.accept([letter.message_id for letter in recorded.fresh])
        self._accepted = True
        for message_id in settled:
            del self._open[message_id]
        return self._batch.narrowed(recorded.fresh)

    def settle(self, accounted: Accounted, verdicts: Verdicts, write_seconds: float) -> Mapping[str, Cause]:
        """The ledger has spoken. What remains open could not be handled now: its causes, by message."""
        self._drain.account([(e.outcome, e.cause) for e in accounted.mine if e.outcome and e.cause])
        self._drain.reacknowledge(accounted.others, accepted=True)
        for message_id in (*(entry.message_id for entry in accounted.mine), *accounted.others):
            del self._open[message_id]
        self._write_seconds = write_seconds
        self._failed = len(self._open)
        decided = {decision.message_id: decision.cause for decision in verdicts.decisions}
        return self.defer({message_id: decided[message_id] for message_id in self._open})

    def fail(self, cause: Cause) -> Mapping[str, Cause]:
        """A step failed for good: everything still open stays in the queue."""
        if not self._accepted:
            self._drain.accept(list(self._open))
            self._accepted = True
        self._failed = len(self._open)
        return self.defer(dict.fromkeys(self._open, cause))

    def defer(self, causes: dict[str, Cause]) -> Mapping[str, Cause]:
        """Enter what stays in the queue."""
        self._drain.defer(causes)
        return causes

    def close(self) -> None:
        """The batch leaves its lane."""
        self._drain.batch_done(len(self._batch), self._failed, self._write_seconds)
