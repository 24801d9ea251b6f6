"""I6: whatever a step has to wait for, its messages stay hidden."""

from __future__ import annotations

import logging
from collections.abc import Mapping

import pytest

from reclaim.adapters.memory.sqs import MemoryQueue
from reclaim.model.clock import ManualClock
from reclaim.model.errors import QueueUnavailable, ReclaimError, SettingsError
from reclaim.model.message import Message, Receipt
from reclaim.recovery.visibility import VisibilityKeeper

VISIBILITY = 30


class CountedQueue(MemoryQueue):
    """Counts the calls that hide, and refuses them while `error` is set."""

    def __init__(self, clock: ManualClock) -> None:
        super().__init__(clock)
        self.calls = 0
        self.error: ReclaimError | None = None

    def hide(self, receipts: Mapping[Receipt, int]) -> list[str]:
        self.calls += 1
        if self.error:
            raise self.error
        return super().hide(receipts)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def queue(clock: ManualClock) -> CountedQueue:
    queue = CountedQueue(clock)
    queue.send("a body that no log may show")
    return queue


@pytest.fixture
def keeper(queue: CountedQueue, clock: ManualClock) -> VisibilityKeeper:
    return VisibilityKeeper(queue, VISIBILITY, clock)


@pytest.fixture
def messages(queue: CountedQueue) -> list[Message]:
    return queue.receive(10, 0, VISIBILITY)


def test_a_batch_that_is_done_in_time_costs_no_call(
    keeper: VisibilityKeeper, queue: CountedQueue, clock: ManualClock, messages: list[Message]
) -> None:
    with keeper.holding(messages, 0):
        clock.sleep(14.9)
        keeper.extend_due()

    assert queue.calls == 0


def test_a_batch_is_extended_at_half_time_again_and_again(
    keeper: VisibilityKeeper, queue: CountedQueue, clock: ManualClock, messages: list[Message]
) -> None:
    with keeper.holding(messages, 0):
        for _ in range(100):
            clock.sleep(1)
            keeper.extend_due()
            assert queue.receive(10, 0, VISIBILITY) == []

    assert queue.calls == 6


def test_the_time_that_gathering_took_counts(
    keeper: VisibilityKeeper, queue: CountedQueue, clock: ManualClock, messages: list[Message]
) -> None:
    with keeper.holding(messages, received_seconds_ago=10):
        clock.sleep(5)
        keeper.extend_due()

    assert queue.calls == 1


@pytest.mark.parametrize("error", [QueueUnavailable("SQS is down."), SettingsError("The credentials have expired.")])
def test_an_extension_that_failed_is_tried_again_at_the_next_look(
    error: ReclaimError,
    keeper: VisibilityKeeper,
    queue: CountedQueue,
    clock: ManualClock,
    messages: list[Message],
    caplog: pytest.LogCaptureFixture,
) -> None:
    with keeper.holding(messages, 0), caplog.at_level(logging.WARNING):
        clock.sleep(15)
        queue.error = error
        keeper.extend_due()
        queue.error = None
        clock.sleep(1)
        keeper.extend_due()
        clock.sleep(20)
        still_hidden = queue.receive(10, 0, VISIBILITY) == []

    assert queue.calls == 2
    assert still_hidden
    assert "could not extend" in caplog.text
    assert "a body" not in caplog.text


def test_a_message_that_the_queue_refuses_to_extend_is_told(
    keeper: VisibilityKeeper, clock: ManualClock, messages: list[Message], caplog: pytest.LogCaptureFixture
) -> None:
    with keeper.holding(messages, 0), caplog.at_level(logging.WARNING):
        clock.sleep(31)
        keeper.extend_due()

    assert "refused to extend 1 of 1" in caplog.text


def test_a_released_batch_is_extended_no_more_even_after_a_failure(
    keeper: VisibilityKeeper, queue: CountedQueue, clock: ManualClock, messages: list[Message]
) -> None:
    with pytest.raises(ZeroDivisionError), keeper.holding(messages, 0):
        raise ZeroDivisionError
    clock.sleep(100)
    keeper.extend_due()

    assert queue.calls == 0


def test_every_batch_in_hand_is_kept_on_its_own(
    keeper: VisibilityKeeper, queue: CountedQueue, clock: ManualClock, messages: list[Message]
) -> None:
    queue.send("another")
    clock.sleep(10)
    later = queue.receive(10, 0, VISIBILITY)
    with keeper.holding(messages, 10), keeper.holding(later, 0):
        clock.sleep(6)
        keeper.extend_due()
        after_the_first = queue.calls
        clock.sleep(10)  # the later one is at its half-time, the first has just been extended
        keeper.extend_due()
        after_the_later = queue.calls

    assert (after_the_first, after_the_later) == (1, 2)


def test_the_thread_looks_by_itself_and_ends_with_the_block(
    queue: CountedQueue, clock: ManualClock, messages: list[Message]
) -> None:
    keeper = VisibilityKeeper(queue, 2, clock)
    clock.sleep(1.5)
    with keeper, keeper.holding(messages, 1.5):
        for _ in range(100):
            if queue.calls:
                break
            keeper._stopped.wait(0.05)

    assert queue.calls >= 1
    assert not keeper._thread.is_alive()
