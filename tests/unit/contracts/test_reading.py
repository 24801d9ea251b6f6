"""Reading a body never raises (I5): whatever it is and whatever the contract, it becomes an event or a rejection."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import AfterValidator, Field

from reclaim.contracts.contract import Contract, FixedField, Words, value_at
from reclaim.contracts.fields import EventPart, Flag, MayLack, Moment, Text, WholeNumber, pattern
from reclaim.contracts.reading import read_event
from reclaim.model.event import Event, Rejection
from reclaim.model.identity import IdentityScheme
from reclaim.model.outcome import Cause
from tests.builders import CONTRACT, an_event
from tests.orders import ORDERS, an_order

CONTRACTS = [(CONTRACT, an_event()), (ORDERS, json.loads(an_order()))]
both = pytest.mark.parametrize(("contract", "event"), CONTRACTS, ids=lambda value: getattr(value, "name", ""))

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["$where", "a.b", "\x00", "\ud800", "client.created", "2026-11-20T08:15:30Z", "cl_1", "USD"])
    | st.sampled_from(["129.90", "1e5", "order.created", "٣", "A-1\n", "ot_" + "0" * 26])
)
JSON_VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)


@both
@given(body=st.text(max_size=200))
@settings(max_examples=100, deadline=None)
def test_no_text_makes_reading_raise(contract: Contract, event: dict[str, Any], body: str) -> None:
    assert isinstance(read_event(body, contract), Event | Rejection)


@both
@given(value=JSON_VALUES)
@settings(max_examples=100, deadline=None)
def test_no_json_makes_reading_raise(contract: Contract, event: dict[str, Any], value: object) -> None:
    assert isinstance(read_event(json.dumps(value), contract), Rejection)


@both
@given(data=st.data(), value=JSON_VALUES)
@settings(max_examples=200, deadline=None)
def test_no_almost_right_event_makes_reading_raise(
    contract: Contract, event: dict[str, Any], data: st.DataObject, value: object
) -> None:
    changed = json.loads(json.dumps(event))
    path = data.draw(st.sampled_from([*contract.event_fields, *event, "extra"]))
    *folders, name = path.split(".")
    (value_at(changed, ".".join(folders)) if folders else changed)[name] = value

    reading = read_event(json.dumps(changed), contract)

    assert isinstance(reading, Event | Rejection)
    if isinstance(reading, Event):
        # What is accepted can be held by a store and written to a file.
        assert json.dumps(reading.fields, ensure_ascii=False).encode()
        assert reading.event_id.encode()
        assert reading.amount is None or type(reading.amount.minor) is int


def test_the_event_of_one_contract_is_none_of_the_other() -> None:
    theirs, ours = read_event(an_order(), CONTRACT), read_event(json.dumps(an_event()), ORDERS)

    assert isinstance(theirs, Rejection)
    assert isinstance(ours, Rejection)


def test_a_rejection_names_the_type_that_the_message_has_where_that_is_another() -> None:
    other = read_event(json.dumps(an_event() | {"event_type": "client.deleted"}), CONTRACT)
    bad = read_event(json.dumps(an_event() | {"event_id": ""}), CONTRACT)

    assert isinstance(other, Rejection)
    assert isinstance(bad, Rejection)
    assert (other.event_type, bad.event_type) == ("client.deleted", "")


# --- what an author may write --------------------------------------------------------------------------------


TOKEN = IdentityScheme(prefix="tok_", hmac_context="visit:")


def _raises(value: str) -> str:
    if value == "boom":
        raise KeyError(value)
    return value


class Visit(EventPart):
    visit_no: Annotated[str, pattern("^[0-9]{1,9}$", "1 to 9 digits")] = Field(alias="visit-no")
    note: Text | None = None
    pages: WholeNumber = 0
    new: Flag = False
    odd: Annotated[Text, AfterValidator(_raises)] = "fine"


class VisitSeen(EventPart):
    kind: Literal["visit.seen"] = Field(alias="$type")
    version: Literal["v1"]
    id: Text
    at: Moment
    token: Annotated[str | None, MayLack(TOKEN)] = None
    visit: Visit


VISITS = Contract(
    name="visits",
    event=VisitSeen,
    event_type=FixedField("$type", "visit.seen"),
    version=FixedField("version", "v1"),
    event_id="id",
    occurred_at="at",
    record_key="visit.visit-no",
    identity_path="token",
    identity=TOKEN,
    collection="visits",
    identity_field="token",
    document={"seen": "visit", "number": "visit.visit-no"},
    must_agree=("number",),
    words=Words("visit", "visits", "token", "tokens"),
    source_queue="visits",
    dead_letter_queue="visits-dlq",
)


def a_visit(**visit: object) -> str:
    event = {"$type": "visit.seen", "version": "v1", "id": "1", "at": "2026-11-20T08:15:30Z"}
    return json.dumps(event | {"visit": {"visit-no": "7", **visit}})


def test_names_that_are_none_in_python_are_those_of_the_json_everywhere() -> None:
    event = read_event(a_visit(), VISITS)

    assert isinstance(event, Event)
    assert event.record_key == "7"
    assert event.fields == {
        "seen": {"visit-no": "7", "note": None, "pages": 0, "new": False, "odd": "fine"},
        "number": "7",
    }
    assert VISITS.event_fields[:2] == ("$type", "version")
    assert [leaf.path for leaf in VISITS.document_fields if leaf.must_agree] == ["number"]


def test_a_contract_without_money_has_events_without_an_amount() -> None:
    event = read_event(a_visit(), VISITS)

    assert isinstance(event, Event)
    assert event.amount is None


@pytest.mark.parametrize(
    ("visit", "cause"),
    [
        ({"pages": 2**63}, Cause.SCHEMA_VIOLATION),
        ({"pages": 1.0}, Cause.SCHEMA_VIOLATION),
        ({"new": 1}, Cause.SCHEMA_VIOLATION),
        ({"note": ""}, Cause.SCHEMA_VIOLATION),
        ({"visit-no": "x"}, Cause.SCHEMA_VIOLATION),
        ({"odd": "boom"}, Cause.SCHEMA_VIOLATION),
    ],
)
def test_values_of_other_types_are_schema_violations_also_where_a_validator_raises_something_else(
    visit: dict[str, object], cause: Cause
) -> None:
    reading = read_event(a_visit(**visit), VISITS)

    assert isinstance(reading, Rejection)
    assert reading.cause is cause
    assert "boom" not in reading.detail
