"""Stages an outage for real: SQS itself moves the messages to the dead-letter queue, by its own redrive policy.

So `DeadLetterQueueSourceArn`, the receive counts and the sent timestamps are what a real outage leaves.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, Final, Literal

from reclaim.adapters.aws.connection import aws_service, translated
from reclaim.adapters.aws.queue_schema import QueueSchema
from reclaim.adapters.aws.sqs import SqsQueue
from reclaim.adapters.aws.sqs_sender import SqsSender
from reclaim.model.clock import Clock, SystemClock
from reclaim.model.errors import QueueUnavailable, SettingsError, UsageError
from reclaim.model.message import CALL_LIMIT, Outgoing, in_calls

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

OnCount = Callable[[int], None]
"""Gets how many are done by now; always called from the caller's own thread."""

_CHECK_SECONDS: Final = 0.3
_SETTLING_SECONDS: Final = 20.0
"""How long the dead-letter queue's approximate count may lag behind a source queue that is empty."""


def sqs_endpoint() -> str:
    """The URL that calls to SQS would go to; makes none."""
    sqs: SQSClient = aws_service("sqs")
    return sqs.meta.endpoint_url


class OutageQueues:
    """The source queue and its dead-letter queue, created where they do not exist.

    Args:
        source: name of the queue that the events are sent to.
        dead_letters: name or URL of its dead-letter queue.
        contract: name of the contract that both are tagged for.
        threads: calls in flight at once.

    Raises:
        QueueUnavailable: SQS cannot be reached.
        SettingsError: a queue is tagged for another contract.
    """

    def __init__(
        self, source: str, dead_letters: str, contract: str, *, threads: int = 8, clock: Clock | None = None
    ) -> None:
        QueueSchema(source, dead_letters, contract).apply()
        self._source = SqsQueue(source)
        self._dead_letters = SqsQueue(dead_letters)
        self._sqs: SQSClient = aws_service("sqs", connections=threads)
        self._threads = threads
        self._clock = clock or SystemClock()
        self._sender = SqsSender(self._source, connections=threads, clock=self._clock)

    def require_free(self) -> None:
        """Make sure that the source queue holds no messages of others, since everything in it is going to fail.

        Raises:
            UsageError: the source queue holds messages.
            SettingsError: its redrive policy leads elsewhere.
        """
        held = self._source.depth().total
        if held:
            raise UsageError(
                f"Queue {self._source.name} holds {held} messages that are not part of this outage.",
                "Let its consumer finish, or name another one in RECLAIM_SOURCE_QUEUE.",
            )
        target = json.loads(self._attribute(self._source, "RedrivePolicy") or "{}").get("deadLetterTargetArn")
        if target != self._attribute(self._dead_letters, "QueueArn"):
            raise SettingsError(
                f"Queue {self._source.name} does not redrive to {self._dead_letters.name}.",
                "Name the queues that belong together in RECLAIM_SOURCE_QUEUE and RECLAIM_QUEUE.",
            )

    def send(self, messages: Iterable[Outgoing], on_count: OnCount) -> None:
        """Send all of `messages` to the source queue.

        Raises:
            QueueUnavailable: SQS cannot be reached, or refuses a message.
        """
        done = 0
        with ThreadPoolExecutor(self._threads, "send") as pool:
            try:
                for sent in pool.map(self._send_batch, in_calls(messages)):
                    done += sent
                    on_count(done)
            finally:
                # An interruption does not wait for the rest to be sent.
                pool.shutdown(cancel_futures=True)

    def redrive(self, expected: int, on_count: OnCount, timeout_seconds: float) -> int:
        """Fail every message in the source queue until SQS has moved them all; how many have arrived.

        That number may stay under `expected` where something drains the dead-letter queue at the same time.

        Raises:
            QueueUnavailable: SQS cannot be reached, or messages are left when the time is up.
        """
        start = self._clock.monotonic()
        before = self._dead_letters.depth().total
        emptied_at: float | None = None
        while True:
            self._fail_all(lambda: on_count(min(expected, self._dead_letters.depth().total - before)))
            left, arrived = self._source.depth().total, self._dead_letters.depth().total - before
            on_count(min(expected, arrived))
            now = self._clock.monotonic()
            emptied_at = None if left else emptied_at or now
            if emptied_at is not None and (arrived >= expected or now - emptied_at > _SETTLING_SECONDS):
                return min(expected, arrived)
            if now - start > timeout_seconds:
                raise QueueUnavailable(
                    f"SQS still holds {left} messages in {self._source.name} after {timeout_seconds:.0f} seconds.",
                    "Check its redrive policy, then run again with another seed.",
                )
            self._clock.sleep(_CHECK_SECONDS)

    def _attribute(self, queue: SqsQueue, name: Literal["QueueArn", "RedrivePolicy"]) -> str:
        with translated(f"queue {queue.name}"):
            answer = self._sqs.get_queue_attributes(QueueUrl=queue.url, AttributeNames=[name])
        return answer.get("Attributes", {}).get(name, "")

    def _send_batch(self, batch: Sequence[Outgoing]) -> int:
        refused = self._sender.send(batch).count(None)
        if refused:
            raise QueueUnavailable(f"Queue {self._source.name} refused {refused} messages.", "Run again later.")
        return len(batch)

    def _fail_all(self, check: Callable[[], None]) -> None:
        """Receive, and never delete, until nothing is handed out any more."""
        stop = threading.Event()
        with ThreadPoolExecutor(self._threads, "redrive") as pool:
            try:
                workers = {pool.submit(self._fail_until_empty, stop) for _ in range(self._threads)}
                while workers:
                    finished, workers = wait(workers, timeout=_CHECK_SECONDS)
                    for worker in finished:
                        worker.result()
                    check()
            finally:
                stop.set()

    def _fail_until_empty(self, stop: threading.Event) -> None:
        """Act as a consumer that fails at once: a message is visible again as soon as it was received."""
        while not stop.is_set():
            with translated(f"queue {self._source.name}"):
                answer = self._sqs.receive_message(
                    QueueUrl=self._source.url, MaxNumberOfMessages=CALL_LIMIT, VisibilityTimeout=0
                )
            if not answer.get("Messages"):
                return
