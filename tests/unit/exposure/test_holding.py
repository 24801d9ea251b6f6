"""Queues that are tagged for a contract, and reading a queue without taking anything out of it."""

from __future__ import annotations

import pytest

from reclaim.adapters.memory.sqs import MemoryQueue
from reclaim.exposure.holding import HoldingQueue, peek_all, require_contract
from reclaim.model.clock import ManualClock
from reclaim.model.errors import UsageError
from reclaim.model.message import Message
from tests.builders import CONTRACT


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
