from __future__ import annotations

import json
import time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reclaim.quarantine.matching import SEARCHED_CHARACTERS, check_expression
from reclaim.quarantine.matching import holds as holds_for
from tests.builders import CONTRACT, a_body

BODY = a_body()


def holds(expression: str, body: str) -> bool:
    return holds_for(expression, body, CONTRACT)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("producer == 'client-service'", True),
        ("client.tracking_id == `null`", True),
        ("contains(keys(client), 'tracking_id')", True),
        ("contains(keys(client), 'nothing')", False),
        ("type(@) == 'object' && type(client.billing) == 'object'", True),
        ("type(schema_version) == 'number'", True),
        ("matches(to_array(producer)[0], '^client-')", True),
        ("matches(schema_version, '^1$')", True),
        ("client.billing.rate_minor > `0`", True),
        ("length(producer) == `14`", True),
    ],
)
def test_an_expression_holds_where_it_is_true_of_the_event(expression: str, expected: bool) -> None:  # noqa: FBT001
    assert holds(check_expression(expression), BODY) is expected


@pytest.mark.parametrize(
    "expression",
    ["producer", "client", "schema_version", "prodcuer == 'client-service'", "nothing", "nothing > `0`", "[client]"],
)
def test_a_path_alone_or_a_misspelt_one_does_not_hold(expression: str) -> None:
    assert not holds(check_expression(expression), BODY)


@pytest.mark.parametrize(
    "expression",
    [
        "length(schema_version) == `1`",
        "schema_version < 'a'",
        "contains(producer, schema_version)",
        "matches(client, '')",
        "!matches(nothing, '')",
        "starts_with(nothing, '')",
        "tags[::0] == `[]`",
        "client.a < `true`",
    ],
)
def test_what_cannot_be_evaluated_does_not_hold(expression: str) -> None:
    assert not holds(check_expression(expression), a_body(a=1) if "client.a" in expression else BODY)


def test_what_is_no_event_fits_nothing() -> None:
    assert not holds("type(@) == 'array' || `true`", "no JSON")


@pytest.mark.parametrize(
    ("number", "expression"),
    [
        ("12.50", "a == `12.5`"),
        ("0.1", "a == `0.1`"),
        ("0.30000000000000001", "a > `0.3`"),
        ("9007199254740993", "a != `9007199254740992`"),
        ("9007199254740993.0", "a == `9007199254740993`"),
        ("123456789012345678901234567890.25", "a > `123456789012345678901234567890`"),
        ("1e400", "a > `1e300`"),
        ("1e999999999", "a > `1`"),
        ("1.50", "matches(a, '^1[.]50$')"),
        ("1e3", "matches(a, 'e')"),
        ("1e3", "type(a) == 'number' && a == `1000`"),
        ('"0.10"', "to_number(a) == `0.1`"),
        ("[1.0]", "a == `[1]` && contains(a, `1`)"),
        ('{"b": 1}', 'a == `{"b": 1.0}`'),
    ],
)
def test_numbers_are_exact(number: str, expression: str) -> None:
    assert holds(check_expression(expression), f'{{"a": {number}}}')


@given(st.decimals(-(10**15), 10**15, allow_nan=False), st.integers(-(10**30), 10**30))
def test_numbers_compare_as_decimals_do(one: Decimal, other: int) -> None:
    body = json.dumps({"a": 0, "b": other}).replace('"a": 0', f'"a": {one:f}')

    assert holds("a > b", body) is (one > other)
    assert holds("a == b", body) is (one == other)


@pytest.mark.parametrize(
    "expression",
    [
        "a == `1`",
        "a > `0`",
        "b == `[1]`",
        "contains(b, `1`)",
        'c == `{"d": 0}`',
        "a == length('x')",
        "type(a) == 'number'",
    ],
)
def test_booleans_are_no_numbers(expression: str) -> None:
    assert not holds(check_expression(expression), '{"a": true, "b": [true], "c": {"d": false}}')


@pytest.mark.parametrize(
    ("expression", "sentence"),
    [
        ("", "cannot be empty"),
        ("a ==", "column 5: it ends too early"),
        ("a = 'b'", r"column 3: Unknown token '='"),
        ("a == 'b", "column 6: Unclosed ' delimiter"),
        ("(" * 1500 + "a", "must not be nested that deeply"),
        ("!" * 1500 + "a", "must not be nested that deeply"),
        ("[", "must be a JMESPath expression"),
        ("a" * 2001, "must not be longer than 2000 characters"),
        ("lenght(a) == `1`", r"must not call lenght\(\); there are contains, "),
        ("sum(a) == `1`", r"must not call sum\(\)"),
        ("a[?avg(b) > `1`]", r"must not call avg\(\)"),
        ("length(a, b) == `1`", r"must call length\(\) with 1 argument$"),
        ("matches(a)", r"must call matches\(\) with 2 arguments$"),
        ("matches(a, b)", "with a pattern in"),
        ("matches(a, `1`)", "with a pattern in"),
        ("matches(a, '(')", "must be a regular expression"),
        ("a == `b`", "must not hold `b`, which is not JSON"),
        ("a == `NaN`", "must not hold `NaN`"),
        ("a == `-Infinity`", "must not hold"),
        ("a == `0.30000000000000001`", "too many digits"),
        ("a == '`' || a == `1e999`", "must not hold `1e999`"),
    ],
)
def test_what_is_no_expression_is_refused_and_the_sentence_says_where(expression: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        check_expression(expression)


def test_a_literal_may_hold_a_backtick() -> None:
    expression = check_expression("a == `\"\\`\"` && b == '`0.30000000000000001`'")

    assert holds(expression, '{"a": "`", "b": "`0.30000000000000001`"}')


def test_a_long_text_is_searched_in_part_only() -> None:
    body = json.dumps({"a": " " * (SEARCHED_CHARACTERS - 1) + "xy"})

    assert holds("matches(a, 'x')", body)
    assert not holds("matches(a, 'y')", body)


def test_what_takes_long_is_no_longer_than_the_event() -> None:
    body = json.dumps({"a": [{"b": n} for n in range(20_000)]})

    began = time.monotonic()
    assert holds("length(a[?b >= `0` && contains('xyz', 'z')]) == `20000`", body)
    assert time.monotonic() - began < 10


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
)
_PIECES = st.sampled_from(
    [
        *"abc@*[]{}().,:|&!-<>=?`'\"01 ",
        "==",
        "&&",
        "||",
        "[?",
        "[]",
        "`1`",
        "'x'",
        "&a",
        *(
            f"{name}("
            for name in ("contains", "keys", "length", "map", "matches", "type", "to_number", "join", "sort_by")
        ),
    ]
)


@given(st.text(max_size=30) | st.lists(_PIECES, max_size=12).map("".join), _JSON)
def test_whatever_is_written_is_refused_or_evaluated(expression: str, event: object) -> None:
    try:
        check_expression(expression)
    except ValueError as error:
        assert str(error)  # noqa: PT017
    else:
        assert holds(expression, json.dumps(event)) in {True, False}
