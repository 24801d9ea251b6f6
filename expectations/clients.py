"""What must be true of every client that the run recovered."""

# Great Expectations re-exports its names in a way that mypy does not follow.
# mypy: disable-error-code="attr-defined"

from __future__ import annotations

import great_expectations as gx
import pandas as pd
from great_expectations.expectations.expectation import Expectation
from great_expectations.expectations.row_conditions import Column

from expectations.engine import Check
from expectations.phrases import INFO, WARNING, currencies, formed, never, present, unique
from expectations.rules import ExpectIdentityToEqualItsDerivation, ExpectMinorUnits
from reclaim.contracts.client_created import CLIENT_ID_PATTERN
from reclaim.model.identity import TRACKING_ID_PATTERN
from reclaim.model.record import Origin


def records_check(frame: pd.DataFrame) -> Check:
    """The suite over `expectations.frames.records_frame`."""
    expectations = [*_identity(), *_identities(), *_billing(), *_provenance()]
    suite = gx.ExpectationSuite(name="clients", expectations=expectations)
    return Check(suite, frame, index=("record_key", "message_id"), collection="clients")


def _identity() -> list[Expectation]:
    return [
        present("record_key", "Every client has an ID."),
        formed("record_key", CLIENT_ID_PATTERN, "Every client ID is 1 to 128 letters, digits, _ . : or -."),
        unique("record_key", "No two clients share an ID."),
        present("name", "Every client has a name.", severity=WARNING),
        formed("country", "^[A-Z]{2}$", "Every client's country is a two-letter code in capitals.", severity=WARNING),
    ]


def _identities() -> list[Expectation]:
    return [
        present("identity", "Every recovered client has a tracking ID."),
        formed("identity", TRACKING_ID_PATTERN, "Every tracking ID has the right form."),
        unique("identity", "No two clients share a tracking ID."),
        ExpectIdentityToEqualItsDerivation(
            column_A="identity",
            column_B="derived_identity",
            # Whatever does not say that it was carried is taken for regenerated, and so checked.
            row_condition=Column("origin") != Origin.CARRIED.value,
            description="Every regenerated tracking ID is the one its client's ID and the key give.",
        ),
    ]


def _billing() -> list[Expectation]:
    return [
        present("model", "Every client has a billing model."),
        present("rate_minor", "Every client has a rate."),
        ExpectMinorUnits(
            column="rate_minor", description="Every rate is an integer from 0 up, in minor units of its currency."
        ),
        *currencies("Every rate has a currency."),
        never(
            "rate_minor",
            0,
            "No client's rate is zero: it would be attributed, but never billed.",
            severity=INFO,
        ),
    ]


def _provenance() -> list[Expectation]:
    return [
        present("message_id", "Every recovered client names the message that brought it."),
        unique("message_id", "No message recovered two clients."),
        present("origin", "Every recovered client says whether its tracking ID was regenerated or carried."),
        present("run_id", "Every recovered client names the run that wrote it.", severity=WARNING),
        present("recovered_at", "Every recovered client says when it was written.", severity=WARNING),
    ]
