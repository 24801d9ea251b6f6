"""An event is found in whatever AWS wrapped around it, and the kinds of envelope are named."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reclaim.contracts.reading import read_event
from reclaim.model.envelope import MalformedJson, PayloadUnavailable, UnreadableEnvelope, open_body
from reclaim.model.event import Event, Rejection
from reclaim.model.outcome import Cause
from tests.builders import CONTRACT, an_event

EVENT = an_event()


def sns(payload: object) -> dict[str, Any]:
    return {"Type": "Notification", "TopicArn": "arn:aws:sns:…", "Message": payload, "MessageId": "1"}


def eventbridge(payload: object) -> dict[str, Any]:
    return {"version": "0", "detail-type": "client.created", "source": "client-service", "detail": payload}


def destination(payload: object) -> dict[str, Any]:
    return {
        "version": "1.0",
        "requestContext": {"condition": "RetriesExhausted"},
        "requestPayload": payload,
        "responseContext": {"functionError": "Unhandled"},
    }


def sqs_batch(payload: object) -> dict[str, Any]:
    return {"Records": [{"messageId": "1", "body": payload, "eventSource": "aws:sqs"}]}


def sns_batch(payload: object) -> dict[str, Any]:
    return {"Records": [{"EventSource": "aws:sns", "Sns": {"Message": payload}}]}


@pytest.mark.parametrize(
    ("wrapped", "kind"),
    [
        (EVENT, "raw"),
        (sns(json.dumps(EVENT)), "sns"),
        (eventbridge(EVENT), "eventbridge"),
        (destination(EVENT), "lambda_destination"),
        (sns(json.dumps(eventbridge(EVENT))), "sns/eventbridge"),
        (destination(sqs_batch(json.dumps(EVENT))), "lambda_destination/records"),
        (destination(sns_batch(json.dumps(EVENT))), "lambda_destination/records"),
        (destination(sqs_batch(json.dumps(sns(json.dumps(EVENT))))), "lambda_destination/records/sns"),
    ],
)
def test_the_event_is_found_and_the_envelopes_around_it_are_named(wrapped: object, kind: str) -> None:
    event = read_event(json.dumps(wrapped), CONTRACT)

    assert isinstance(event, Event)
    assert (event.record_key, event.envelope) == ("cl_1", kind)


def test_an_event_that_looks_like_an_envelope_is_still_the_event() -> None:
    body = json.dumps(EVENT | {"Type": "Notification", "Message": "x", "detail-type": "x", "source": "y", "detail": {}})

    assert open_body(body, "event_type").envelope == "raw"


@pytest.mark.parametrize(
    ("wrapped", "kind"),
    [
        (sns("no json"), "sns"),
        (sns("[1]"), "sns"),
        (sns(None), "sns"),
        ({"Type": "Notification", "TopicArn": "x"}, "sns"),
        (sns('{"a": "\\ud800"}'), "sns"),
        (eventbridge(5), "eventbridge"),
        ({"detail-type": "x", "source": "y"}, "eventbridge"),
        (destination(None), "lambda_destination"),
        ({"Records": []}, "records"),
        ({"Records": [{"body": "{}"}, {"body": "{}"}]}, "records"),
        ({"Records": "x"}, "records"),
        ({"Records": [{}]}, "records"),
        ({"Records": [{"Sns": {}}]}, "records"),
        (sns(json.dumps(eventbridge(sns(json.dumps(eventbridge(sns("{}"))))))), "sns/eventbridge/sns/eventbridge/sns"),
    ],
)
def test_an_envelope_without_a_readable_event_is_named(wrapped: object, kind: str) -> None:
    reading = read_event(json.dumps(wrapped), CONTRACT)

    assert isinstance(reading, Rejection)
    assert (reading.cause, reading.envelope) == (Cause.UNREADABLE_ENVELOPE, kind)


@pytest.mark.parametrize(
    "name", ["software.amazon.payloadoffloading.PayloadS3Pointer", "com.amazon.sqs.javamessaging.MessageS3Pointer"]
)
@pytest.mark.parametrize("wrap", [lambda pointer: pointer, lambda pointer: sns(json.dumps(pointer))])
def test_a_pointer_to_s3_says_that_the_payload_is_elsewhere(name: str, wrap: Any) -> None:  # noqa: ANN401
    pointer = [name, {"s3BucketName": "large-messages", "s3Key": "1f2e"}]

    reading = read_event(json.dumps(wrap(pointer)), CONTRACT)

    assert isinstance(reading, Rejection)
    assert reading.cause is Cause.PAYLOAD_UNAVAILABLE


def test_what_is_wrong_inside_an_envelope_is_said_of_the_event() -> None:
    reading = read_event(json.dumps(sns(json.dumps(EVENT | {"schema_version": 2}))), CONTRACT)

    assert isinstance(reading, Rejection)
    assert (reading.cause, reading.envelope, reading.record_key) == (Cause.UNSUPPORTED_SCHEMA_VERSION, "sns", "cl_1")


@given(
    st.recursive(
        st.sampled_from([EVENT, None, "", "{", 5, [], {}, True]),
        lambda inner: st.one_of(
            [inner.map(wrap) for wrap in (sns, eventbridge, destination, sqs_batch, sns_batch)]
            + [inner.map(lambda value: sns(json.dumps(value))), inner.map(lambda value: sqs_batch(json.dumps(value)))]
        ),
        max_leaves=6,
    )
)
@settings(max_examples=150, deadline=None)
def test_no_nesting_of_envelopes_makes_opening_raise_anything_else(wrapped: object) -> None:
    try:
        assert open_body(json.dumps(wrapped), "event_type").envelope
    except (MalformedJson, UnreadableEnvelope, PayloadUnavailable) as reason:
        assert str(reason)  # noqa: PT017  (which of them it is does not matter here)
