"""I9: a queue whose messages are held deletes none, and shows every one again when it is released."""

from __future__ import annotations

import pytest

from reclaim.adapters.memory.sqs import MemoryQueue
from reclaim.exposure.holding import HoldingQueue, peek_all, require_contract
from reclaim.model.clock import ManualClock
from reclaim.model.errors import UsageError
from reclaim.model.message import MAX_VISIBILITY_SECONDS, Message
from tests.builders import CONTRACT

HOLD = 300


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def queue(clock: ManualClock) -> MemoryQueue:
    """Five messages."""
    queue = MemoryQueue(clock)
    for number in range(5):
        queue.send(str(number))
    return queue


@pytest.fixture
def holding(queue: MemoryQueue, clock: ManualClock) -> HoldingQueue:
    return HoldingQueue(queue, HOLD, clock)


def test_what_was_received_is_not_deleted_and_stays_hidden_until_it_is_released(
    queue: MemoryQueue, holding: HoldingQueue
) -> None:
    messages = holding.receive(10, 0, 30)

    assert holding.delete([message.receipt for message in messages]) == []
    assert (queue.depth().visible, queue.depth().total, holding.depth().total) == (0, 5, 0)
    holding.release()
    assert queue.depth().visible == 5


def test_a_hold_is_renewed_with_every_call(queue: MemoryQueue, holding: HoldingQueue, clock: ManualClock) -> None:
    holding.receive(10, 0, 30)
    for _ in range(10):
        clock.sleep(HOLD / 2)
        holding.receive(10, 0, 30)
        assert queue.depth().visible == 0


@pytest.mark.parametrize("seconds", [0, 30])
def test_extending_or_giving_back_a_message_does_not_shorten_its_hold(
    queue: MemoryQueue, holding: HoldingQueue, clock: ManualClock, seconds: int
) -> None:
    messages = holding.receive(10, 0, 30)

    holding.hide({message.receipt: seconds for message in messages})
    clock.sleep(31)

    assert queue.depth().visible == 0


def test_a_hold_is_never_longer_than_sqs_allows(queue: MemoryQueue, clock: ManualClock) -> None:
    HoldingQueue(queue, 10 * MAX_VISIBILITY_SECONDS, clock).receive(10, 0, 30)
    clock.sleep(MAX_VISIBILITY_SECONDS)

    assert queue.depth().visible == 5


@pytest.mark.parametrize("tag", ["", CONTRACT.name])
def test_a_queue_of_this_contract_or_of_none_is_accepted(tag: str) -> None:
    queue = MemoryQueue(ManualClock())
    queue.tagged_for = tag

    require_contract(queue, CONTRACT)


def test_a_queue_that_is_tagged_for_another_contract_is_refused() -> None:
    queue = MemoryQueue(ManualClock())
    queue.tagged_for = "order_created"

    with pytest.raises(UsageError, match=r"dlq is tagged for the contract order_created; this is client_created"):
        require_contract(queue, CONTRACT)


@pytest.mark.parametrize(("limit", "seen"), [(100, 25), (12, 12)])
def test_messages_are_read_once_each_up_to_the_limit_and_put_back(limit: int, seen: int) -> None:
    clock = ManualClock()
    queue = MemoryQueue(clock)
    for number in range(25):
        queue.send(str(number))
    messages: list[Message] = []

    peek_all(HoldingQueue(queue, 300, clock), limit, 0, 300, messages.extend)

    assert len({message.message_id for message in messages}) == len(messages) == seen
    assert queue.depth().visible == 25
