"""A message that stays in the queue still says whose it is."""

from __future__ import annotations

from reclaim.recovery.deferral import deferral_of

from reclaim.model.outcome import Cause, Outcome
from tests.builders import a_body, a_message, an_event


def test_a_deferred_message_names_its_client_and_what_that_is_worth() -> None:
    message = a_message(a_body("cl_7"))

    found = deferral_of(message, Cause.STORE_UNAVAILABLE, "MongoDB is down")

    assert (found.message_id, found.outcome, found.cause, found.detail) == (
        message.message_id,
        Outcome.DEFERRED,
        Cause.STORE_UNAVAILABLE,
        "MongoDB is down",
    )
    assert (found.record_key, found.rate_minor, found.currency) == ("cl_7", 1250, "USD")
    assert found.event_id == an_event("cl_7")["event_id"]


def test_a_broken_body_names_its_client_where_it_can() -> None:
    assert deferral_of(a_message(a_body("cl_7", country="nowhere")), Cause.HALTED, "").record_key == "cl_7"
    assert deferral_of(a_message("{"), Cause.HALTED, "").record_key is None
