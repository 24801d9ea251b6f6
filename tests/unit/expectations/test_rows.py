from __future__ import annotations

from typing import Any

import pandas as pd

from expectations.rows import name_rows

FRAME = pd.DataFrame(
    {
        "client_id": pd.Series(["cl_0", None, None], dtype="str"),
        "message_id": pd.Series(["m0", "m1", None], dtype="str"),
    }
)
INDEX = ("client_id", "message_id")


def test_a_row_is_named_by_the_best_of_its_ids() -> None:
    result: dict[str, Any] = {"partial_unexpected_index_list": [0, 1, 2], "partial_unexpected_list": [1, 2, 3]}

    assert name_rows(result, FRAME, INDEX) == ("cl_0", "message_id m1", "row 3, without any ID")


def test_the_result_shows_each_value_beside_its_row() -> None:
    result: dict[str, Any] = {
        "partial_unexpected_index_list": [0, 1],
        "partial_unexpected_list": [("a", None), pd.NA],
        "partial_unexpected_counts": [{"value": "a", "count": 1}],
    }

    name_rows(result, FRAME, INDEX)

    assert result == {"partial_unexpected_list": ["cl_0: a / missing", "message_id m1: missing"]}


def test_an_id_that_is_itself_the_value_is_shown_once() -> None:
    result: dict[str, Any] = {"partial_unexpected_index_list": [0], "partial_unexpected_list": ["cl_0"]}

    name_rows(result, FRAME, INDEX)

    assert result["partial_unexpected_list"] == ["cl_0"]


def test_a_result_about_no_row_stays_as_it_is() -> None:
    result: dict[str, Any] = {"observed_value": 3}

    assert name_rows(result, FRAME, INDEX) == ()
    assert result == {"observed_value": 3}
