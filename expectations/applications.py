"""What must be true of every application that an audit looks at."""

# Great Expectations re-exports its names in a way that mypy does not follow.
# mypy: disable-error-code="attr-defined"

from __future__ import annotations

from typing import Final

import great_expectations as gx
import great_expectations.expectations as gxe
import pandas as pd
from great_expectations.expectations.expectation import Expectation
from great_expectations.expectations.metadata_types import FailureSeverity
from great_expectations.expectations.row_conditions import Column, ComparisonCondition

from expectations.audit_frames import blanks_missing
from expectations.engine import Check
from expectations.rules import ExpectIsoCurrency, ExpectMinorUnits
from reclaim.reconciliation.model import ApplicationClass, Reconciliation
from reclaim.tracking import TRACKING_ID_PATTERN

_NEVER_CHARGED: Final = (
    ApplicationClass.AWAITING_QUARANTINE,
    ApplicationClass.UNATTRIBUTABLE,
    ApplicationClass.LATE,
    ApplicationClass.UNBILLED_RECOVERED,
    ApplicationClass.UNBILLED,
)
_OF_KNOWN_CLIENTS: Final = (ApplicationClass.LATE, ApplicationClass.UNBILLED_RECOVERED, ApplicationClass.UNBILLED)
_OF_UNKNOWN_CLIENTS: Final = (ApplicationClass.AWAITING_QUARANTINE, ApplicationClass.UNATTRIBUTABLE)


def applications_check(frame: pd.DataFrame, reconciliation: Reconciliation) -> Check:
    """The suite over the applications of `reclaim.reconciliation.frames`, for the window of `reconciliation`."""
    expectations = [*_identity(), *_time(reconciliation), *_price(), *_tracking(), *_classes()]
    suite = gx.ExpectationSuite(name="applications", expectations=expectations)
    frame = blanks_missing(frame, "application_id", "client_id", "currency", "tracking_id", "class")
    return Check(suite, frame, index=("application_id", "client_id"), collection="applications")


def _identity() -> list[Expectation]:
    return [
        gxe.ExpectColumnValuesToNotBeNull(column="application_id", description="Every application has an ID."),
        gxe.ExpectColumnValuesToBeUnique(column="application_id", description="No two applications share an ID."),
        gxe.ExpectColumnValuesToNotBeNull(column="client_id", description="Every application names its client."),
    ]


def _time(reconciliation: Reconciliation) -> list[Expectation]:
    return [
        gxe.ExpectColumnValuesToNotBeNull(column="applied_at", description="Every application says when it happened."),
        gxe.ExpectColumnValuesToBeBetween(
            column="applied_at",
            min_value=reconciliation.from_,
            max_value=reconciliation.to,
            strict_max=True,
            description="Every application happened in the audit's window.",
        ),
        gxe.ExpectColumnValuesToBeBetween(
            column="applied_at",
            max_value=reconciliation.as_of,
            severity=FailureSeverity.WARNING,
            description="No application happened after the moment by which the audit judges.",
        ),
        gxe.ExpectColumnPairValuesAToBeGreaterThanB(
            column_A="applied_at",
            column_B="client_created_at",
            or_equal=True,
            ignore_row_if="either_value_is_missing",
            severity=FailureSeverity.WARNING,
            description="No application happened before its client was created.",
        ),
    ]


def _price() -> list[Expectation]:
    return [
        gxe.ExpectColumnValuesToNotBeNull(column="amount_minor", description="Every application has a price."),
        ExpectMinorUnits(
            column="amount_minor", description="Every price is an integer from 0 up, in minor units of its currency."
        ),
        gxe.ExpectColumnValuesToNotBeNull(column="currency", description="Every price has a currency."),
        ExpectIsoCurrency(column="currency", description="Every currency is an ISO 4217 code."),
        gxe.ExpectColumnPairValuesToBeEqual(
            column_A="amount_minor",
            column_B="client_rate_minor",
            ignore_row_if="either_value_is_missing",
            severity=FailureSeverity.WARNING,
            description="Every price is its client's rate of today.",
        ),
        gxe.ExpectColumnPairValuesToBeEqual(
            column_A="currency",
            column_B="client_currency",
            ignore_row_if="either_value_is_missing",
            severity=FailureSeverity.WARNING,
            description="Every price is in its client's currency of today.",
        ),
        gxe.ExpectColumnValuesToNotBeInSet(
            column="amount_minor",
            value_set=[0],
            severity=FailureSeverity.INFO,
            description="No application is free.",
        ),
    ]


def _tracking() -> list[Expectation]:
    return [
        gxe.ExpectColumnValuesToMatchRegex(
            column="tracking_id",
            # ``$`` also fits before a last line feed, ``\Z`` does not.
            regex=TRACKING_ID_PATTERN.removesuffix("$") + r"\Z",
            severity=FailureSeverity.WARNING,
            description="Every tracking ID has the right form.",
        ),
        gxe.ExpectColumnPairValuesToBeEqual(
            column_A="tracking_id",
            column_B="client_tracking_id",
            ignore_row_if="either_value_is_missing",
            description="Every application's tracking ID is its client's.",
        ),
    ]


def _classes() -> list[Expectation]:
    return [
        gxe.ExpectColumnValuesToNotBeNull(column="class", description="Every application is in a class."),
        gxe.ExpectColumnValuesToBeInSet(
            column="class",
            value_set=[found.value for found in ApplicationClass],
            description="Every class is a known one.",
        ),
        gxe.ExpectColumnValuesToBeInSet(
            column="charges",
            value_set=[1],
            row_condition=_of(ApplicationClass.MATCHED),
            description="Every matched application has exactly one charge.",
        ),
        gxe.ExpectColumnValuesToBeInSet(
            column="charges",
            value_set=[0],
            row_condition=_of(*_NEVER_CHARGED),
            description="No application that is unbilled, late or at risk has a charge.",
        ),
        gxe.ExpectColumnValuesToBeInSet(
            column="client_known",
            value_set=[True],
            row_condition=_of(*_OF_KNOWN_CLIENTS),
            description="The client of every application that is unbilled or late is known.",
        ),
        gxe.ExpectColumnValuesToBeInSet(
            column="client_known",
            value_set=[False],
            row_condition=_of(*_OF_UNKNOWN_CLIENTS),
            description="The client of every application that is at risk is unknown.",
        ),
        gxe.ExpectColumnValuesToNotBeNull(
            column="recovered_by",
            row_condition=_of(ApplicationClass.UNBILLED_RECOVERED),
            description="The client of every application that is unbilled after a recovery was recovered by a run.",
        ),
    ]


def _of(*classes: ApplicationClass) -> ComparisonCondition:
    return Column("class").is_in([found.value for found in classes])
