"""Messages on their way: what a queue is called, and how messages are shared out among calls to SQS."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reclaim.model.message import CALL_BYTES, CALL_LIMIT, MessageAttribute, Outgoing, in_calls, queue_name, released_id

SIZES = st.lists(st.integers(1, CALL_BYTES // 2), max_size=40)


@given(SIZES)
def test_every_message_goes_once_in_its_order_and_no_call_is_too_large(sizes: list[int]) -> None:
    messages = [Outgoing("x" * size) for size in sizes]

    calls = list(in_calls(messages))

    assert [message for call in calls for message in call] == messages
    assert all(1 <= len(call) <= CALL_LIMIT for call in calls)
    assert all(sum(message.size for message in call) <= CALL_BYTES for call in calls)


def test_a_message_larger_than_a_call_should_be_goes_alone() -> None:
    large = Outgoing("x" * (CALL_BYTES + 1))

    assert [len(call) for call in in_calls([Outgoing("a"), large, Outgoing("b")])] == [1, 1, 1]


def test_a_size_is_counted_in_bytes_with_the_attributes() -> None:
    message = Outgoing("é", (MessageAttribute("n", "Binary", b"\x00\x01"), MessageAttribute("t", "String", "ü")))

    assert message.size == 2 + len("nBinary") + 2 + len("tString") + 2


@pytest.mark.parametrize(
    "queue",
    [
        "client-events-dlq.fifo",
        "https://sqs.eu-central-1.amazonaws.com/123456789012/client-events-dlq.fifo",
        "http://localhost:4566/000000000000/client-events-dlq.fifo/",
        "arn:aws:sqs:eu-central-1:123456789012:client-events-dlq.fifo",
    ],
)
def test_a_queues_name_is_in_its_name_its_url_and_its_arn(queue: str) -> None:
    assert queue_name(queue) == "client-events-dlq.fifo"


def test_each_release_of_a_message_has_an_id_of_its_own() -> None:
    assert released_id("m") == "m~1"
    assert released_id("m~1") == "m~2"
    assert released_id("m~9") == "m~10"
    assert released_id("m~01") == "m~01~1"
    assert released_id("~1") == "~1~1"
