from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reclaim.model.errors import UsageError
from reclaim.quarantine.edits import AsIs, DoesNotApply, MergePatch, NewBody, merged, read_patch
from tests.builders import CONTRACT, a_body, an_event
from tests.unit.quarantine.quarantine_world import an_entry


# The examples of RFC 7396, appendix A.
@pytest.mark.parametrize(
    ("target", "patch", "result"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        (["a", "b"], ["c", "d"], ["c", "d"]),
        ({"a": "b"}, ["c"], ["c"]),
        ({"a": "foo"}, None, None),
        ({"a": "foo"}, "bar", "bar"),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_a_merge_patch_does_what_its_rfc_says(target: Any, patch: Any, result: Any) -> None:  # noqa: ANN401
    assert merged(target, patch) == result


def test_a_json_patch_is_applied_operation_by_operation() -> None:
    patch = read_patch(
        '[{"op": "test", "path": "/producer", "value": "client-service"},'
        ' {"op": "move", "from": "/client/name", "path": "/client/title"},'
        ' {"op": "add", "path": "/client/name", "value": "Beta"}]'
    )

    record = json.loads(patch.body_of(an_entry(a_body()), CONTRACT))["client"]

    assert (record["name"], record["title"]) == ("Beta", "Acme Staffing")


def test_the_patch_addresses_the_event_and_the_envelope_is_gone() -> None:
    envelope = json.dumps({"Type": "Notification", "TopicArn": "arn:aws:sns:…", "Message": a_body("cl_9")})

    body = read_patch('{"client": {"name": "Beta"}}').body_of(an_entry(envelope), CONTRACT)

    assert json.loads(body) == an_event("cl_9", name="Beta")


def test_what_is_not_touched_keeps_every_digit() -> None:
    body = '{"a":0.1000000000000000055511151231257827,"b":123456789012345678901234567890,"c":1e400,"d":"x"}'

    assert read_patch('{"d": 12.50}').body_of(an_entry(body), CONTRACT) == body.replace('"x"', "12.50")


@pytest.mark.parametrize(
    ("patch", "sentence"),
    [
        ("", "is not JSON"),
        ("{", "is not JSON"),
        ('{"a": NaN}', "is not JSON"),
        ('{"a": "\\ud800"}', "is not JSON"),
        ("5", "neither an object"),
        ("[]", "neither an object"),
        ("[5]", "Operation 1 of the JSON Patch is invalid"),
        ('[{"op": "jump", "path": "/a"}]', "Operation 1 of the JSON Patch is invalid"),
        ('[{"op": "add", "path": "a", "value": 1}]', "Operation 1 of the JSON Patch is invalid"),
        ('[{"op": "remove"}]', "Operation 1 of the JSON Patch"),
        ('[{"op": "remove", "path": "/a"}, {"op": "add", "path": "/a"}]', "Operation 2 of the JSON Patch has no value"),
        ('[{"op": "move", "path": "/a"}]', "Operation 1 of the JSON Patch has no from"),
        ('[{"op": "copy", "path": "/a", "from": "b"}]', "Operation 1 of the JSON Patch is invalid"),
        ('[{"op": ["add"], "path": "/a"}]', "Operation 1 of the JSON Patch"),
        ('[{"op": "add", "path": 5, "value": 1}]', "Operation 1 of the JSON Patch"),
    ],
)
def test_what_is_no_patch_is_refused_before_any_message_is_read(patch: str, sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        read_patch(patch)


@pytest.mark.parametrize(
    "operation",
    [
        '{"op": "remove", "path": "/nothing"}',
        '{"op": "replace", "path": "/client/nothing", "value": 1}',
        '{"op": "add", "path": "/nothing/there", "value": 1}',
        '{"op": "add", "path": "/producer/0", "value": 1}',
        '{"op": "remove", "path": ""}',
        '{"op": "move", "from": "/client", "path": "/client/inside"}',
        '{"op": "test", "path": "/client/name", "value": "Other"}',
        '{"op": "copy", "from": "/client/-", "path": "/a"}',
    ],
)
def test_an_operation_that_does_not_fit_says_which_and_quotes_nothing(operation: str) -> None:
    with pytest.raises(DoesNotApply, match=r"^operation 1, ") as refusal:
        read_patch(f"[{operation}]").body_of(an_entry(a_body()), CONTRACT)
    assert "Acme" not in str(refusal.value)


@pytest.mark.parametrize("body", ["[ERROR] no JSON", '{"Type": "Notification", "Message": "{"}', "[" * 100_000])
def test_a_body_without_an_event_can_only_be_replaced_whole(body: str) -> None:
    entry = an_entry(body)

    with pytest.raises(DoesNotApply, match="replace it whole"):
        MergePatch({"a": 1}).body_of(entry, CONTRACT)
    assert AsIs().body_of(entry, CONTRACT) == body
    assert NewBody("{}").body_of(entry, CONTRACT) == "{}"


def test_an_event_that_is_nested_too_deeply_to_be_written_does_not_apply() -> None:
    body = '{"a":' + "[" * 500 + "]" * 500 + "}"

    with pytest.raises(DoesNotApply, match="nested too deeply"):
        read_patch('{"b": 1}').body_of(an_entry(body), CONTRACT)


def test_an_edit_has_a_fingerprint_that_blanks_and_order_do_not_change() -> None:
    one, other = read_patch('{"a": 1, "b": 2}'), read_patch('{"b":2,\n"a":1}')

    assert one.label == other.label
    assert one.label != read_patch('{"a": 1, "b": 3}').label


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
_POINTERS = st.lists(st.sampled_from(["client", "name", "0", "-", "a~0b", "", "99"]), max_size=3).map(
    lambda parts: "".join(f"/{part}" for part in parts)
)


@given(
    _JSON,
    st.sampled_from(["add", "remove", "replace", "move", "copy", "test"]),
    _POINTERS,
    _POINTERS,
    _JSON,
)
def test_whatever_is_patched_the_result_is_json_or_a_refusal(
    event: Any,  # noqa: ANN401
    verb: str,
    path: str,
    source: str,
    value: Any,  # noqa: ANN401
) -> None:
    patch = read_patch(json.dumps([{"op": verb, "path": path, "from": source, "value": value}]))
    try:
        body = patch.body_of(an_entry(json.dumps(event)), CONTRACT)
    except DoesNotApply:
        return
    assert json.dumps(json.loads(body), allow_nan=False)
