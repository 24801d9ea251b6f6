"""`reclaim.undo.ports.Sender`: SQS and in memory."""

from __future__ import annotations

import pytest

from reclaim.adapters.aws.sqs import SqsQueue
from reclaim.adapters.aws.sqs_sender import SqsSender
from reclaim.adapters.memory.sqs import MemoryQueue, MemorySender
from reclaim.model.message import Message, MessageAttribute, Outgoing
from reclaim.undo.ports import Sender
from tests.contract.conftest import QueueBench

ATTRIBUTES = (
    MessageAttribute("traceparent", "String", "00-ab-cd-01"),
    MessageAttribute("tries", "Number.int", "7"),
    MessageAttribute("check.sum", "Binary.crc", b"\x00\xff"),
    MessageAttribute("kind", "String.name", "ü"),
)


@pytest.fixture
def sender(queue_bench: QueueBench) -> Sender:
    queue = queue_bench.queue
    if isinstance(queue, MemoryQueue):
        return MemorySender(queue)
    assert isinstance(queue, SqsQueue)
    return SqsSender(queue)


def received(bench: QueueBench) -> dict[str, Message]:
    messages: dict[str, Message] = {}
    while got := bench.queue.receive(10, 1, 60):
        messages |= {message.message_id: message for message in got}
    return messages


def test_a_message_arrives_as_it_was_sent(sender: Sender, queue_bench: QueueBench) -> None:
    body = '{"name": "Ünïcode \\u0000 \\ud83d\\ude00 😀", "x":  1}\n'

    [message_id] = sender.send([Outgoing(body, ATTRIBUTES, "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1")])

    message = received(queue_bench)[str(message_id)]
    assert message.body == body
    assert sorted(message.message_attributes, key=str) == sorted(ATTRIBUTES, key=str)
    assert message.attributes["AWSTraceHeader"] == "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1"


def test_a_message_without_a_trace_header_gets_none(sender: Sender, queue_bench: QueueBench) -> None:
    [message_id] = sender.send([Outgoing("body")])

    assert "AWSTraceHeader" not in received(queue_bench)[str(message_id)].attributes


def test_new_ids_come_in_the_order_of_the_messages(sender: Sender, queue_bench: QueueBench) -> None:
    bodies = [f"body {number}" for number in range(10)]

    ids = sender.send([Outgoing(body) for body in bodies])

    messages = received(queue_bench)
    assert [messages[str(one)].body for one in ids] == bodies
