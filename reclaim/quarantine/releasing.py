"""Quarantined entries as messages again, and the queue that hands them to the pipeline.

Each released message is a new entry of the ledger, whose ID is that of the original with ``~1`` behind it (``~2`` for
one that is released again, and so on). Because the ID is always the same, a second release changes nothing; because
the original is resolved last, a release that was killed is finished by the next one.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from reclaim.contracts.contract import Contract
from reclaim.model.clock import Clock
from reclaim.model.errors import QueueUnavailable, StoreUnavailable
from reclaim.model.ledger import LedgerEntry, Resolution, ResolutionKind
from reclaim.model.message import Message, QueueDepth, Receipt, ReleasedFrom, released_id
from reclaim.model.run import RunRecord
from reclaim.ports import Ledger, Resolutions
from reclaim.quarantine.edits import DoesNotApply, Edit

_MAX_BODY_BYTES: Final = 2**20
"""No message of SQS is larger."""


class ReleaseOrder:
    """What one run releases, and how it edits that. A plain class, which the orchestrator does not look into.

    Attributes:
        run: its queue is the one that the messages once came from; its ID, operator and reason are in resolutions.
        message_ids: the originals.
    """

    __slots__ = ("edit", "message_ids", "run")

    def __init__(self, run: RunRecord, message_ids: tuple[str, ...], edit: Edit) -> None:
        self.run = run
        self.message_ids = message_ids
        self.edit = edit


def released_message(
    entry: LedgerEntry,
    held: Mapping[str, LedgerEntry],
    edit: Edit,
    operator: str,
    contract: Contract,
    now: datetime,
) -> Message:
    """The message that `entry` becomes.

    Args:
        entry: the original.
        held: what the ledger has under the new IDs. A release that was begun is finished as it was begun: what was
            written down first counts, whatever the edit is now.
        edit: makes the new body.
        operator: who releases it.
        contract: what the messages are events of.
        now: when it is said to have been received, UTC.

    Raises:
        DoesNotApply: the edit does not fit this message.
    """
    new_id = released_id(entry.message_id)
    begun = held.get(new_id)
    label = edit.label
    return Message(
        message_id=new_id,
        receipt_handle=entry.message_id,
        body=begun.body if begun else _fitting(edit.body_of(entry, contract)),
        sent_at=entry.steps.get("sent", now),
        received_at=now,
        attributes=entry.attributes,
        message_attributes=entry.message_attributes,
        released_from=begun.released_from
        if begun
        else ReleasedFrom(entry.message_id, operator, label.edit, label.sha256, label.rule, label.rule_version),
    )


class ReleaseQueue:
    """Hands out each message of an order once, edited; see `reclaim.ports.Queue`.

    What is not deleted stays open in quarantine, where the next release finds it: there is no visibility timeout.
    """

    def __init__(
        self, order: ReleaseOrder, contract: Contract, ledger: Ledger, resolutions: Resolutions, clock: Clock
    ) -> None:
        self._order = order
        self._contract = contract
        self._ledger = ledger
        self._resolutions = resolutions
        self._clock = clock
        self._waiting = deque(order.message_ids)
        self._handed_out: set[str] = set()
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """The queue that the messages once came from."""
        return self._order.run.queue

    def receive(self, limit: int, wait_seconds: int, visibility_seconds: int) -> list[Message]:  # noqa: ARG002
        """The next messages that are still open; waits for nothing.

        Raises:
            QueueUnavailable: MongoDB does not answer; the messages are still waiting.
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
        """Resolve the originals as released; those that have another resolution by now are refused."""
        done = self._resolutions.resolve([self._resolution(receipt) for receipt in receipts])
        with self._lock:
            self._handed_out -= {receipt.handle for receipt in receipts}
        return [receipt.message_id for receipt in receipts if receipt.handle not in done]

    def hide(self, receipts: Mapping[Receipt, int]) -> list[str]:  # noqa: ARG002  (the port's signature)
        """Nothing: a message is handed out once in a run."""
        return []

    def depth(self) -> QueueDepth:
        """What is waiting, and what was handed out and not deleted."""
        with self._lock:
            return QueueDepth(visible=len(self._waiting), in_flight=len(self._handed_out), delayed=0)

    def retention(self) -> timedelta:
        """The ledger drops nothing; a century, because deadlines are computed with it."""
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
        """The message to be released; None for one that was resolved or changed since the plan was made."""
        if not entry.is_open:
            return None
        order = self._order
        try:
            return released_message(entry, held, order.edit, order.run.operator, self._contract, self._clock.now())
        except DoesNotApply:
            return None

    def _resolution(self, receipt: Receipt) -> Resolution:
        run = self._order.run
        return Resolution(
            receipt.handle,
            ResolutionKind.RELEASED,
            run.run_id,
            self._clock.now(),
            run.operator,
            run.reason,
            became=receipt.message_id,
        )


def _fitting(body: str) -> str:
    try:
        size = len(body.encode())
    except UnicodeEncodeError as error:
        raise DoesNotApply("its result is not valid Unicode text") from error
    if size > _MAX_BODY_BYTES:
        raise DoesNotApply(f"its result is larger than {_MAX_BODY_BYTES:,} bytes")
    return body
