from __future__ import annotations

from itertools import chain, count, islice

from hypothesis import given
from hypothesis import strategies as st

from reclaim.model.batched import batched


@given(st.lists(st.integers()), st.integers(1, 5))
def test_batches_hold_everything_in_order_and_all_but_the_last_are_full(items: list[int], size: int) -> None:
    batches = list(batched(items, size))

    assert list(chain(*batches)) == items
    assert all(len(batch) == size for batch in batches[:-1])
    assert all(batches)


def test_no_more_is_read_than_was_asked_for() -> None:
    numbers = count()

    assert list(islice(batched(numbers, 3), 2)) == [[0, 1, 2], [3, 4, 5]]
    assert next(numbers) == 6
