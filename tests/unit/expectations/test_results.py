from __future__ import annotations

from typing import Any

import pandas as pd

from expectations.results import broken_suite, expectation_result, name_rows, suite_result
from reclaim.model.validation import MAX_NAMED_ROWS, ExpectationResult


def an_answer(**changes: Any) -> dict[str, Any]:  # noqa: ANN401
    return {
        "success": False,
        "expectation_config": {
            "type": "expect_column_values_to_not_be_null",
            "kwargs": {"column": "name"},
            "description": "Every client has a name.",
            "severity": "warning",
        },
        "result": {"element_count": 5000, "unexpected_count": 300},
        "exception_info": {"raised_exception": False},
    } | changes


def a_result(severity: str, *, success: bool) -> ExpectationResult:
    return ExpectationResult(expectation="It holds.", column="", severity=severity, success=success, checked=1)


def test_a_broken_expectation_is_told_in_its_own_words() -> None:
    result = expectation_result(an_answer(), ("cl_1",), 5000)

    assert result == ExpectationResult(
        expectation="Every client has a name.",
        column="name",
        severity="warning",
        success=False,
        checked=5000,
        unexpected=300,
        unexpected_ids=("cl_1",),
    )


def test_named_rows_are_capped_and_their_number_is_not() -> None:
    names = tuple(str(n) for n in range(300))

    result = expectation_result(an_answer(), names, 5000)

    assert len(result.unexpected_ids) == MAX_NAMED_ROWS
    assert result.unexpected == 300


def test_a_count_that_is_off_says_what_it_found_and_by_how_much() -> None:
    config = {
        "type": "expect_table_row_count_to_equal",
        "kwargs": {"value": 9000, "row_condition": {"column": {"name": "outcome"}}},
        "description": "9,000 are expected.",
    }

    result = expectation_result(an_answer(expectation_config=config, result={"observed_value": 8998}), (), 10_000)

    assert result.expectation == "9,000 are expected. (It holds 8,998.)"
    assert (result.column, result.checked, result.unexpected) == ("outcome", 10_000, 2)


def test_an_exception_is_a_failure_even_where_the_library_says_success() -> None:
    info = {"raised_exception": True, "exception_message": "no such\n  column"}

    result = expectation_result(an_answer(success=True, exception_info=info, result={}), (), 5000)

    assert not result.success
    assert result.checked == 0
    assert result.expectation == "Every client has a name. (It could not be checked: no such column)"


def test_an_exception_is_found_under_the_metric_that_raised_it() -> None:
    info = {
        "metric one": {"raised_exception": False},
        "metric two": {"raised_exception": True, "exception_message": "x" * 1000},
    }

    result = expectation_result(an_answer(exception_info=info, result={}), (), 5000)

    assert not result.success
    assert result.expectation.endswith("xx…)")
    assert len(result.expectation) < 400


def test_only_a_critical_failure_breaks_a_suite() -> None:
    assert suite_result("s", [a_result("warning", success=False), a_result("critical", success=True)]).success
    assert not suite_result("s", [a_result("critical", success=False)]).success


def test_a_suite_that_cannot_run_is_a_critical_failure_with_its_reason() -> None:
    result = broken_suite("records", KeyError("message_id"))

    assert not result.success
    assert result.expectations[0].expectation == (
        "The suite records can be checked. (It could not: KeyError: 'message_id')"
    )


# --- the names of rows ----------------------------------------------------------------------------------------------

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
