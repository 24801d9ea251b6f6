"""Where the queue in memory does what SQS does, although LocalStack does not."""

from __future__ import annotations

from reclaim.adapters.memory.sqs import MemoryQueue
from reclaim.model.clock import ManualClock


def test_hiding_what_is_visible_again_is_refused_by_name() -> None:
    clock = ManualClock()
    queue = MemoryQueue(clock)
    queue.send("one")
    (message,) = queue.receive(10, 0, 30)
    clock.sleep(30)

    assert queue.hide({message.receipt: 30}) == [message.message_id]
    assert queue.depth().visible == 1


def test_deleting_with_a_receipt_that_is_out_of_date_deletes_nothing() -> None:
    clock = ManualClock()
    queue = MemoryQueue(clock)
    queue.send("one")
    (first,) = queue.receive(10, 0, 30)
    clock.sleep(30)
    queue.receive(10, 0, 30)

    assert queue.delete([first.receipt]) == []
    assert queue.depth().total == 1


def test_waiting_in_vain_lets_the_time_pass() -> None:
    clock = ManualClock()

    MemoryQueue(clock).receive(10, 20, 30)

    assert clock.monotonic() == 20
