"""What must be true of every client that the run recovered."""

# Great Expectations re-exports its names in a way that mypy does not follow.
# mypy: disable-error-code="attr-defined"

from __future__ import annotations

import great_expectations as gx
import great_expectations.expectations as gxe
import pandas as pd
from great_expectations.expectations.expectation import Expectation
from great_expectations.expectations.metadata_types import FailureSeverity
from great_expectations.expectations.row_conditions import Column

from expectations.engine import Check
from expectations.rules import ExpectIsoCurrency, ExpectMinorUnits, ExpectTrackingIdToEqualItsDerivation
from reclaim.clients import Origin
from reclaim.events import CLIENT_ID_PATTERN
from reclaim.tracking import TRACKING_ID_PATTERN


def clients_check(frame: pd.DataFrame) -> Check:
    """The suite over `expectations.frames.clients_frame`."""
    expectations = [*_identity(), *_tracking(), *_billing(), *_provenance()]
    suite = gx.ExpectationSuite(name="clients", expectations=expectations)
    return Check(suite, frame, index=("client_id", "message_id"), collection="clients")


def _identity() -> list[Expectation]:
    return [
        gxe.ExpectColumnValuesToNotBeNull(column="client_id", description="Every client has an ID."),
        gxe.ExpectColumnValuesToMatchRegex(
            column="client_id",
            regex=_whole(CLIENT_ID_PATTERN),
            description="Every client ID is 1 to 128 letters, digits, _ . : or -.",
        ),
        gxe.ExpectColumnValuesToBeUnique(column="client_id", description="No two clients share an ID."),
        gxe.ExpectColumnValuesToNotBeNull(
            column="name", severity=FailureSeverity.WARNING, description="Every client has a name."
        ),
        gxe.ExpectColumnValuesToMatchRegex(
            column="country",
            regex=r"^[A-Z]{2}\Z",
            severity=FailureSeverity.WARNING,
            description="Every client's country is a two-letter code in capitals.",
        ),
    ]


def _tracking() -> list[Expectation]:
    return [
        gxe.ExpectColumnValuesToNotBeNull(
            column="tracking_id", description="Every recovered client has a tracking ID."
        ),
        gxe.ExpectColumnValuesToMatchRegex(
            column="tracking_id",
            regex=_whole(TRACKING_ID_PATTERN),
            description="Every tracking ID has the right form.",
        ),
        gxe.ExpectColumnValuesToBeUnique(column="tracking_id", description="No two clients share a tracking ID."),
        ExpectTrackingIdToEqualItsDerivation(
            column_A="tracking_id",
            column_B="derived_tracking_id",
            # Whatever does not say that it was carried is taken for regenerated, and so checked.
            row_condition=Column("origin") != Origin.CARRIED.value,
            description="Every regenerated tracking ID is the one its client's ID and the key give.",
        ),
    ]


def _billing() -> list[Expectation]:
    return [
        gxe.ExpectColumnValuesToNotBeNull(column="model", description="Every client has a billing model."),
        gxe.ExpectColumnValuesToNotBeNull(column="rate_minor", description="Every client has a rate."),
        ExpectMinorUnits(
            column="rate_minor", description="Every rate is an integer from 0 up, in minor units of its currency."
        ),
        gxe.ExpectColumnValuesToNotBeNull(column="currency", description="Every rate has a currency."),
        ExpectIsoCurrency(column="currency", description="Every currency is an ISO 4217 code."),
        gxe.ExpectColumnValuesToNotBeInSet(
            column="rate_minor",
            value_set=[0],
            severity=FailureSeverity.INFO,
            description="No client's rate is zero: it would be attributed, but never billed.",
        ),
    ]


def _provenance() -> list[Expectation]:
    return [
        gxe.ExpectColumnValuesToNotBeNull(
            column="message_id", description="Every recovered client names the message that brought it."
        ),
        gxe.ExpectColumnValuesToBeUnique(column="message_id", description="No message recovered two clients."),
        gxe.ExpectColumnValuesToNotBeNull(
            column="origin",
            description="Every recovered client says whether its tracking ID was regenerated or carried.",
        ),
        gxe.ExpectColumnValuesToNotBeNull(
            column="run_id",
            severity=FailureSeverity.WARNING,
            description="Every recovered client names the run that wrote it.",
        ),
        gxe.ExpectColumnValuesToNotBeNull(
            column="recovered_at",
            severity=FailureSeverity.WARNING,
            description="Every recovered client says when it was written.",
        ),
    ]


def _whole(pattern: str) -> str:
    r"""The pattern with its end tied down: ``$`` also fits before a last line feed, ``\Z`` does not."""
    return pattern.removesuffix("$") + r"\Z"
