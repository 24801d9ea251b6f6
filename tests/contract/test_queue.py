"""`reclaim.ports.Queue`: SQS on LocalStack and a queue in memory."""

from __future__ import annotations

from datetime import timedelta

import pytest

from reclaim.model.message import Message, MessageAttribute, QueueDepth
from tests.contract.conftest import QueueBench

HIDDEN = 60

LONG_ENOUGH = 2.5
"""Until what was hidden for a second is seen again: LocalStack looks once a second."""


def received(bench: QueueBench, limit: int = 10, visibility: int = HIDDEN) -> list[Message]:
    return bench.queue.receive(limit, 0, visibility)


def test_a_message_arrives_as_it_was_sent(queue_bench: QueueBench) -> None:
    attributes = (
        MessageAttribute("trace.id", "String", "1-67891233-abcdef"),
        MessageAttribute("attempt", "Number", "3"),
        MessageAttribute("digest", "Binary", b"\x00\xff"),
    )
    body = '{"name": "Zürich 😀", "tab": "\t"}' + "x" * 100_000
    message_id = queue_bench.send(body, attributes)

    (message,) = received(queue_bench)

    assert (message.message_id, message.body, message.receive_count) == (message_id, body, 1)
    assert set(message.message_attributes) == set(attributes)
    assert message.attributes["ApproximateReceiveCount"] == "1"
    assert message.sent_at <= message.received_at + timedelta(seconds=1)
    assert message.sent_at.utcoffset() == message.received_at.utcoffset() == timedelta(0)
    assert message.received_at.microsecond % 1000 == 0


def test_an_empty_queue_gives_nothing(queue_bench: QueueBench) -> None:
    assert queue_bench.queue.receive(10, 1, HIDDEN) == []
    assert queue_bench.queue.depth() == QueueDepth(0, 0, 0)


@pytest.mark.parametrize("limit", [1, 3, 10])
def test_no_more_messages_come_than_were_asked_for(queue_bench: QueueBench, limit: int) -> None:
    for number in range(12):
        queue_bench.send(str(number))

    assert len(received(queue_bench, limit)) == limit


def test_a_received_message_is_hidden_and_in_flight(queue_bench: QueueBench) -> None:
    queue_bench.send("one")
    queue_bench.send("two")
    received(queue_bench, 1)

    assert queue_bench.queue.depth() == QueueDepth(visible=1, in_flight=1, delayed=0)
    assert len(received(queue_bench)) == 1
    assert received(queue_bench) == []


def test_a_message_comes_back_when_its_time_is_over_and_counts_how_often(queue_bench: QueueBench) -> None:
    message_id = queue_bench.send("one")
    (first,) = received(queue_bench, visibility=1)

    queue_bench.wait(LONG_ENOUGH)
    (again,) = received(queue_bench)

    assert (again.message_id, again.receive_count) == (message_id, 2)
    assert again.receipt_handle != first.receipt_handle


def test_a_message_that_is_given_back_is_there_at_once(queue_bench: QueueBench) -> None:
    queue_bench.send("one")
    (message,) = received(queue_bench)

    assert queue_bench.queue.hide({message.receipt: 0}) == []
    assert queue_bench.queue.depth().visible == 1
    assert len(received(queue_bench)) == 1


def test_hiding_counts_from_now(queue_bench: QueueBench) -> None:
    queue_bench.send("one")
    (message,) = received(queue_bench, visibility=1)

    queue_bench.queue.hide({message.receipt: HIDDEN})
    queue_bench.wait(LONG_ENOUGH)

    assert received(queue_bench) == []


def test_many_messages_are_deleted_at_once_and_are_gone(queue_bench: QueueBench) -> None:
    for number in range(23):
        queue_bench.send(str(number))
    messages = [message for _ in range(4) for message in received(queue_bench)]

    assert queue_bench.queue.delete([message.receipt for message in messages]) == []
    assert len(messages) == 23
    assert queue_bench.queue.depth().total == 0


def test_many_messages_are_hidden_each_for_its_own_time(queue_bench: QueueBench) -> None:
    for number in range(12):
        queue_bench.send(str(number))
    messages = [message for _ in range(2) for message in received(queue_bench)]

    queue_bench.queue.hide({message.receipt: 0 if number < 5 else HIDDEN for number, message in enumerate(messages)})

    assert queue_bench.queue.depth() == QueueDepth(visible=5, in_flight=7, delayed=0)


def test_deleting_twice_is_no_error(queue_bench: QueueBench) -> None:
    queue_bench.send("one")
    (message,) = received(queue_bench)

    assert queue_bench.queue.delete([message.receipt]) == []
    assert queue_bench.queue.delete([message.receipt]) == []


def test_deleting_with_a_receipt_that_is_out_of_date_is_no_error(queue_bench: QueueBench) -> None:
    queue_bench.send("one")
    (first,) = received(queue_bench, visibility=1)
    queue_bench.wait(LONG_ENOUGH)
    (second,) = received(queue_bench)

    assert queue_bench.queue.delete([first.receipt]) == []
    assert queue_bench.queue.delete([second.receipt]) == []
    assert queue_bench.queue.depth().total == 0


def test_hiding_what_is_deleted_is_refused_by_name_and_the_others_are_hidden(queue_bench: QueueBench) -> None:
    queue_bench.send("one")
    queue_bench.send("two")
    gone, there = received(queue_bench)
    queue_bench.queue.delete([gone.receipt])

    assert queue_bench.queue.hide({gone.receipt: 0, there.receipt: 0}) == [gone.message_id]
    assert queue_bench.queue.depth() == QueueDepth(1, 0, 0)


def test_hiding_what_is_visible_again_loses_nothing(queue_bench: QueueBench) -> None:
    queue_bench.send("one")
    (message,) = received(queue_bench, visibility=1)
    queue_bench.wait(LONG_ENOUGH)

    # SQS refuses it (MessageNotInflight), and so does the queue in memory; LocalStack lets it pass.
    assert queue_bench.queue.hide({message.receipt: 0}) in ([], [message.message_id])
    assert queue_bench.queue.depth() == QueueDepth(1, 0, 0)


def test_nothing_to_delete_and_nothing_to_hide_is_nothing_to_do(queue_bench: QueueBench) -> None:
    assert queue_bench.queue.delete([]) == []
    assert queue_bench.queue.hide({}) == []


def test_the_retention_is_that_of_the_queue(queue_bench: QueueBench) -> None:
    assert queue_bench.queue.retention() == timedelta(days=14)


def test_a_queue_without_a_tag_is_for_no_contract(queue_bench: QueueBench) -> None:
    assert queue_bench.queue.contract() == ""
