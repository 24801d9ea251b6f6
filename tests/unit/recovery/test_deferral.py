"""A message that stays in the queue still says whose it is."""

from __future__ import annotations

from reclaim.model.outcome import Cause, Outcome
from reclaim.recovery.deferral import deferral_of
from tests.builders import a_body, a_letter, an_event


def test_a_deferred_message_names_its_client_and_what_that_is_worth() -> None:
    letter = a_letter(a_body("cl_7"))

    found = deferral_of(letter, Cause.STORE_UNAVAILABLE, "MongoDB is down")

    assert (found.message_id, found.outcome, found.cause, found.detail) == (
        letter.message_id,
        Outcome.DEFERRED,
        Cause.STORE_UNAVAILABLE,
        "MongoDB is down",
    )
    assert (found.client_id, found.rate_minor, found.currency) == ("cl_7", 1250, "USD")
    assert found.event_id == an_event("cl_7")["event_id"]


def test_a_broken_body_names_its_client_where_it_can() -> None:
    assert deferral_of(a_letter(a_body("cl_7", country="nowhere")), Cause.HALTED, "").client_id == "cl_7"
    assert deferral_of(a_letter("{"), Cause.HALTED, "").client_id is None
