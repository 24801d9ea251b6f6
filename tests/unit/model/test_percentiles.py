from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reclaim.model.percentiles import nearest_rank


@given(st.lists(st.floats(0, 1e6), min_size=1), st.integers(1, 100))
def test_it_is_the_nearest_rank_of_the_textbook(values: list[float], percent: int) -> None:
    found = nearest_rank(sorted(values), percent)

    assert found in values
    assert sum(value <= found for value in values) * 100 >= percent * len(values)
    assert sum(value < found for value in values) * 100 < percent * len(values)


def test_it_is_what_numpy_says() -> None:
    values = sorted(np.random.default_rng(7).random(1000))

    assert [nearest_rank(values, percent) for percent in (1, 50, 99, 100)] == [
        np.quantile(values, percent / 100, method="inverted_cdf") for percent in (1, 50, 99, 100)
    ]


def test_of_nothing_there_is_none() -> None:
    with pytest.raises(ValueError, match="at least one"):
        nearest_rank([], 50)
