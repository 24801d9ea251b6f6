"""How messages are shared out among calls to SQS."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reclaim.model.message import CALL_BYTES, CALL_LIMIT, MessageAttribute, Outgoing, in_calls

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
