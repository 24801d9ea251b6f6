"""The quarantine as a queue: released messages go through the pipeline by the very steps that drain SQS."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping, Sequence
from datetime import timedelta

from reclaim.model.clock import Clock
from reclaim.model.errors import QueueUnavailable, StoreUnavailable
from reclaim.model.ledger import LedgerEntry, Resolution, ResolutionKind
from reclaim.model.message import Message, QueueDepth, Receipt
from reclaim.ports import Ledger, Resolutions
from reclaim.quarantine.edits import DoesNotApply
from reclaim.quarantine.releasing import ReleaseOrder, released, released_id


class ReleaseQueue:
    """Hands out each message of an order once, edited; see `reclaim.ports.Queue`.

    What is not deleted stays open in quarantine, where the next release finds it: there is no visibility timeout.
    """

    def __init__(self, order: ReleaseOrder, ledger: Ledger, resolutions: Resolutions, clock: Clock) -> None:
        self._order = order
        self._ledger = ledger
        self._resolutions = resolutions
        self._clock = clock
        self._waiting = deque(order.message_ids)
        self._handed_out: set[str] = set()
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """The queue that the messages once came from."""
        return self._order.queue

    def receive(self, limit: int, wait_seconds: int, visibility_seconds: int) -> list[Message]:  # noqa: ARG002
        """The next messages that are still open; waits for nothing.

        Raises:
            QueueUnavailable: MongoDB does not answer; they are still in line.
        """
        with self._lock:
            messages: list[Message] = []
            while self._waiting and not messages:
                chosen = [self._waiting[place] for place in range(min(limit, len(self._waiting)))]
                messages = self._messages(chosen)
                for _ in chosen:
                    self._waiting.popleft()
            self._handed_out |= {message.receipt_handle for message in messages}
            return messages

    def delete(self, receipts: Sequence[Receipt]) -> list[str]:
        """Resolve the originals as released; those that somebody else has resolved meanwhile are refused."""
        done = self._resolutions.resolve([self._resolution(receipt) for receipt in receipts])
        with self._lock:
            self._handed_out -= {receipt.handle for receipt in receipts}
        return [receipt.message_id for receipt in receipts if receipt.handle not in done]

    def hide(self, receipts: Mapping[Receipt, int]) -> list[str]:  # noqa: ARG002  (the port's signature)
        """Nothing: who has been handed a message keeps it for the rest of the run."""
        return []

    def depth(self) -> QueueDepth:
        """What is in line, and what was handed out and not deleted."""
        with self._lock:
            return QueueDepth(visible=len(self._waiting), in_flight=len(self._handed_out), delayed=0)

    def retention(self) -> timedelta:
        """The ledger drops nothing; a century, because deadlines are reckoned with it."""
        return timedelta(days=36_525)

    def contract(self) -> str:
        """No queue, no tag: the messages were chosen by their contract."""
        return ""

    def _messages(self, message_ids: Sequence[str]) -> list[Message]:
        try:
            found = self._ledger.find(message_ids)
            held = self._ledger.find([released_id(one) for one in message_ids])
        except StoreUnavailable as error:
            raise QueueUnavailable(error.what, error.next_step) from error
        return [message for one in message_ids if (entry := found.get(one)) and (message := self._message(entry, held))]

    def _message(self, entry: LedgerEntry, held: Mapping[str, LedgerEntry]) -> Message | None:
        """The message to be released; None for what somebody has dealt with, or changed, since the plan was made."""
        if not entry.is_open:
            return None
        try:
            return released(entry, held, self._order.edit, self._order.operator, self._clock.now())
        except DoesNotApply:
            return None

    def _resolution(self, receipt: Receipt) -> Resolution:
        order = self._order
        return Resolution(
            message_id=receipt.handle,
            kind=ResolutionKind.RELEASED,
            run_id=order.run_id,
            at=self._clock.now(),
            operator=order.operator,
            reason=order.reason,
            became=receipt.message_id,
        )
