"""The default contract: which bodies are its events, and why the others are none."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from reclaim.contracts.reading import read_event
from reclaim.model.event import Amount, Event, Rejection
from reclaim.model.outcome import Cause
from reclaim.text.money import MAX_MINOR
from tests.builders import BILLING, CONTRACT, a_body, an_event

TRACKING_ID = "trk_0123456789abcdefghjkmnpqrs"


def test_the_event_of_the_contract_is_read() -> None:
    event = read_event(a_body("cl_1", name="Acme Staffing", tracking_id=None), CONTRACT)

    assert event == Event(
        event_id="evt_cl_1_0",
        occurred_at=datetime(2026, 11, 20, 8, 15, 30, 123000, tzinfo=UTC),
        record_key="cl_1",
        identity=None,
        fields={"name": "Acme Staffing", "country": "US", "billing": BILLING},
        amount=Amount(1250, "USD"),
        envelope="raw",
    )


@pytest.mark.parametrize("absent", [None, ""])
def test_a_null_or_empty_tracking_id_is_the_defect_to_repair(absent: str | None) -> None:
    assert accepted(a_body(tracking_id=absent)).identity is None


def test_an_absent_tracking_id_is_the_defect_to_repair() -> None:
    event = an_event()
    del event["client"]["tracking_id"]

    assert accepted(json.dumps(event)).identity is None


def test_a_tracking_id_of_the_right_form_is_carried_over() -> None:
    assert accepted(a_body(tracking_id=TRACKING_ID)).identity == TRACKING_ID


@pytest.mark.parametrize(
    "value",
    [
        "trk_",
        TRACKING_ID.upper(),
        TRACKING_ID + "0",
        TRACKING_ID[:-1] + "u",
        TRACKING_ID + "\n",
        " " + TRACKING_ID,
        " ",
        5,
        False,
        [],
        {},
    ],
)
def test_a_tracking_id_of_any_other_form_is_a_schema_violation(value: object) -> None:
    assert refused(a_body(tracking_id=value)).cause is Cause.SCHEMA_VIOLATION


@pytest.mark.parametrize(
    "rate",
    [
        12.5,
        1250.0,
        True,
        "1250",
        None,
        -1,
        MAX_MINOR + 1,
        10**30,
        [1250],
    ],
)
def test_money_is_an_integer_that_the_record_can_hold_and_nothing_else(rate: object) -> None:
    rejection = refused(a_body(billing={"model": "cpa", "rate_minor": rate, "currency": "USD"}))

    assert rejection.cause is Cause.SCHEMA_VIOLATION
    assert "rate_minor" in rejection.detail


@pytest.mark.parametrize("rate", [0, MAX_MINOR])
def test_the_bounds_of_money_are_allowed(rate: int) -> None:
    event = accepted(a_body(billing={"model": "cpa", "rate_minor": rate, "currency": "JPY"}))

    assert event.amount == Amount(rate, "JPY")
    assert event.fields["billing"]["rate_minor"] == rate


@pytest.mark.parametrize("currency", ["usd", "XXZ", "", "US", "EURO", None, 840])
def test_a_currency_is_an_iso_4217_code(currency: object) -> None:
    body = a_body(billing={"model": "cpa", "rate_minor": 1, "currency": currency})

    assert refused(body).cause is Cause.SCHEMA_VIOLATION


@pytest.mark.parametrize("record_key", ["", "a" * 129, "cl 1", "cl_1\n", "cl/1", "clé", "$ne", None, 1, {"$ne": 1}])
def test_a_client_id_of_another_form_is_a_schema_violation_and_names_no_record(record_key: Any) -> None:  # noqa: ANN401
    event = an_event()
    event["client"]["client_id"] = record_key

    rejection = refused(json.dumps(event))

    assert rejection.cause is Cause.SCHEMA_VIOLATION
    assert rejection.record_key is None


@pytest.mark.parametrize("record_key", ["a", "A" * 128, "a_b.c:d-9"])
def test_every_allowed_client_id_is_taken(record_key: str) -> None:
    assert accepted(a_body(record_key)).record_key == record_key


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("2026-11-20T08:15:30Z", datetime(2026, 11, 20, 8, 15, 30, tzinfo=UTC)),
        ("2026-11-20T08:15:30.123456789Z", datetime(2026, 11, 20, 8, 15, 30, 123000, tzinfo=UTC)),
        ("2026-11-20T08:15:30.1+02:00", datetime(2026, 11, 20, 6, 15, 30, 100000, tzinfo=UTC)),
        ("2026-11-20T00:00:00-11:30", datetime(2026, 11, 20, 11, 30, tzinfo=UTC)),
    ],
)
def test_a_time_is_read_in_utc_and_cut_to_milliseconds(said: str, meant: datetime) -> None:
    assert accepted(json.dumps(an_event() | {"occurred_at": said})).occurred_at == meant


@pytest.mark.parametrize(
    "said",
    [
        "2026-11-20T08:15:30",
        "2026-11-20",
        "2026-02-30T08:15:30Z",
        "2026-11-20T25:15:30Z",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
        "٢٠٢٦-11-20T08:15:30Z",
        "2026-11-20T08:15:30+99:00",
        1763626530,
        None,
    ],
)
def test_a_time_that_is_none_is_a_schema_violation(said: object) -> None:
    assert refused(json.dumps(an_event() | {"occurred_at": said})).cause is Cause.SCHEMA_VIOLATION


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"event_type": "client.deleted"}, Cause.UNSUPPORTED_EVENT_TYPE),
        ({"event_type": "client.deleted", "schema_version": 9}, Cause.UNSUPPORTED_EVENT_TYPE),
        ({"schema_version": 2}, Cause.UNSUPPORTED_SCHEMA_VERSION),
        ({"schema_version": 10**400}, Cause.UNSUPPORTED_SCHEMA_VERSION),
        ({"schema_version": True}, Cause.SCHEMA_VIOLATION),
        ({"schema_version": 1.0}, Cause.SCHEMA_VIOLATION),
        ({"schema_version": "1"}, Cause.SCHEMA_VIOLATION),
        ({"event_type": None}, Cause.SCHEMA_VIOLATION),
        ({"event_id": ""}, Cause.SCHEMA_VIOLATION),
        ({"event_id": 7}, Cause.SCHEMA_VIOLATION),
        ({"client": None}, Cause.SCHEMA_VIOLATION),
        ({"client": []}, Cause.SCHEMA_VIOLATION),
    ],
)
def test_every_fault_has_its_own_cause(changes: dict[str, object], cause: Cause) -> None:
    assert refused(json.dumps(an_event() | changes)).cause is cause


@pytest.mark.parametrize("part", ["schema_version", "event_type", "event_id", "occurred_at", "client"])
def test_a_missing_part_is_a_schema_violation_that_names_it(part: str) -> None:
    event = an_event()
    del event[part]

    rejection = refused(json.dumps(event))

    assert rejection.cause is Cause.SCHEMA_VIOLATION
    assert part in rejection.detail


@pytest.mark.parametrize("body", ["null", "5", "1.5", "true", '"text"', "[]", '[{"event_type": "client.created"}]'])
def test_json_that_is_no_object_is_a_schema_violation(body: str) -> None:
    assert refused(body).cause is Cause.SCHEMA_VIOLATION


@pytest.mark.parametrize(
    "body",
    [
        "",
        " ",
        "\ufeff{}",
        "{",
        "{'a': 1}",
        '{"a": NaN}',
        '{"a": -Infinity}',
        '{"a": ' + "9" * 10_000 + "}",
        '{"a": "\\ud800"}',
        '{"\\udfff": 1}',
        "[" * 2**20,
        "[" * 500_000 + "]" * 500_000,
        '{"a":' * 200_000 + "1" + "}" * 200_000,
        a_body()[:-1],
        a_body() + a_body(),
        "\x00",
    ],
    ids=lambda body: repr(body[:12]),
)
def test_what_no_program_can_hold_is_malformed_json(body: str) -> None:
    assert refused(body).cause is Cause.MALFORMED_JSON


def test_a_raw_lone_surrogate_is_refused_before_a_store_has_to_hold_it() -> None:
    assert isinstance(read_event(a_body().replace("Acme", "\ud800"), CONTRACT), Rejection)


def test_escapes_that_make_a_character_together_are_text_like_any_other() -> None:
    assert accepted(a_body(name="Acme 😀 Zürich")).fields["name"] == "Acme 😀 Zürich"


def test_fields_that_the_contract_does_not_know_are_accepted_whatever_they_are_called() -> None:
    unknown: dict[str, Any] = {"$where": "1", "a.b": {"$gt": ""}, "": None, "note": 1.5}
    event = an_event(**unknown) | {"$set": {"x": 1}, "trace.id": "1"}

    assert accepted(json.dumps(event)).record_key == "cl_1"


def test_a_bad_message_names_its_record_so_that_its_money_can_be_found() -> None:
    assert refused(a_body("cl_7", name="")).record_key == "cl_7"
    assert refused(json.dumps(an_event("cl_7") | {"schema_version": 2})).record_key == "cl_7"


def test_a_reason_never_quotes_the_body() -> None:
    marker = "s3cret-of-a-customer"
    bodies = [
        a_body(name="", country=marker),
        a_body(tracking_id=marker),
        a_body(billing={"model": marker, "rate_minor": marker, "currency": marker}),
        json.dumps(an_event() | {"event_type": marker}),
        json.dumps(an_event() | {"occurred_at": marker}),
        f'{{"{marker}',
        f'"{marker}"',
    ]

    assert [marker in refused(body).detail for body in bodies] == [False] * len(bodies)


def accepted(body: str) -> Event:
    reading = read_event(body, CONTRACT)
    assert isinstance(reading, Event), reading
    return reading


def refused(body: str) -> Rejection:
    reading = read_event(body, CONTRACT)
    assert isinstance(reading, Rejection)
    return reading
