"""Reads the running system for the preflight."""

from __future__ import annotations

from functools import cached_property
from typing import Final, Protocol

from reclaim.adapters.aws.preflight_alarms import AlarmProbe
from reclaim.adapters.aws.preflight_queues import QueueProbe
from reclaim.adapters.aws.sqs import SqsQueue
from reclaim.contracts.contract import Contract
from reclaim.exposure.holding import HoldingQueue, peek_all
from reclaim.model.clock import Clock
from reclaim.model.message import Message, queue_name
from reclaim.monitoring.alarms import alarms_for
from reclaim.preflight.alarms import AlarmsSeen
from reclaim.preflight.checklist import Checklist
from reclaim.preflight.items import NoAnswer
from reclaim.preflight.queues import QueuesSeen
from reclaim.preflight.result import Status
from reclaim.preflight.samples import SamplesSeen, inspect_samples
from reclaim.preflight.store import StoreSeen
from reclaim.settings import Settings

_HOLD_SECONDS: Final = 60


class ReadsStore(Protocol):
    """The probe of the store, which another package has."""

    def read(self, key: bytes) -> StoreSeen:
        """The store, compared with what `key` derives."""
        ...


class SystemProbes:
    """See `reclaim.preflight.checking.Probes`.

    Args:
        queue: the dead-letter queue. If it is not the configured one, its source is any queue that redrives into it.
    """

    def __init__(self, settings: Settings, contract: Contract, queue: str, store: ReadsStore, clock: Clock) -> None:
        self._settings = settings
        self._contract = contract
        self._queue = queue
        self._store = store
        self._clock = clock

    @cached_property
    def _queues(self) -> QueueProbe:
        source = self._settings.source_queue if queue_name(self._queue) == queue_name(self._settings.queue) else ""
        return QueueProbe(self._queue, source, self._clock)

    def queues(self) -> QueuesSeen:
        """By GetQueueAttributes of both."""
        return self._queues.read()

    def store(self, key: bytes) -> StoreSeen:
        """By the store's probe."""
        return self._store.read(key)

    def alarms(self, checklist: Checklist | None) -> AlarmsSeen | NoAnswer:
        """Those that provisioning creates, and those that the checklist names."""
        queue = queue_name(self._queue)
        wanted = [alarm.name for alarm in alarms_for(self._settings, queue)]
        named = [entry.alarm.replace("{queue}", queue) for entry in checklist.fields] if checklist else []
        return AlarmProbe().read(list(dict.fromkeys(wanted + named)))

    def samples(self, limit: int, checklist: Checklist) -> SamplesSeen | NoAnswer:
        """Messages of the dead-letter queue.

        Never of the source queue: every receive there counts, and moves a healthy message a step towards the
        dead-letter queue.
        """
        if (dead_letters := self.queues().dead_letters) is None:
            return NoAnswer(Status.SKIP, "There is no dead-letter queue.")
        if dead_letters.redrives_to:
            return NoAnswer(Status.SKIP, "The dead-letter queue redrives itself: a receive would move messages on.")
        queue = HoldingQueue(SqsQueue(self._queue), _HOLD_SECONDS, self._clock)
        messages: list[Message] = []
        if queue.depth().visible:
            peek_all(queue, limit, self._settings.wait_time_seconds, _HOLD_SECONDS, messages.extend)
        bodies = (message.body for message in messages)
        return inspect_samples(f"queue {dead_letters.name}", bodies, checklist, self._contract)
