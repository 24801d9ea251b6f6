from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reclaim.local.outage.mix import EXPECTED, MessageKind, Mix, apportion


@given(
    total=st.integers(0, 10_000),
    shares=st.dictionaries(st.integers(), st.integers(1, 1000), min_size=1, max_size=30),
)
def test_the_parts_always_add_up_and_none_is_negative(total: int, shares: dict[int, int]) -> None:
    parts = apportion(total, shares)

    assert sum(parts.values()) == total
    assert min(parts.values()) >= 0


def test_the_largest_remainder_gets_what_is_left_over() -> None:
    assert apportion(10, {"a": 450, "b": 440, "c": 110}) == {"a": 5, "b": 4, "c": 1}


@given(total=st.integers(36, 5000))
def test_every_kind_is_seen_from_36_messages_on(total: int) -> None:
    counts = Mix().counts(total)

    assert min(counts.values()) >= 1
    assert sum(counts.values()) == total


def test_few_messages_show_the_common_kinds_only() -> None:
    counts = Mix().counts(3)

    assert {kind for kind, count in counts.items() if count} <= {
        MessageKind.MISSING_NULL,
        MessageKind.MISSING_ABSENT,
        MessageKind.MISSING_EMPTY,
    }


def test_the_shares_are_per_thousand_and_mostly_the_defect_itself() -> None:
    shares = Mix().shares

    assert sum(shares.values()) == 1000
    assert (
        sum(shares[kind] for kind in (MessageKind.MISSING_NULL, MessageKind.MISSING_ABSENT, MessageKind.MISSING_EMPTY))
        == 850
    )
    assert set(shares) == set(MessageKind) == set(EXPECTED)


@pytest.mark.parametrize("messages", [1000, 5000])
def test_large_outages_have_exactly_their_shares(messages: int) -> None:
    assert Mix().counts(messages) == {kind: messages * share // 1000 for kind, share in Mix().shares.items()}
