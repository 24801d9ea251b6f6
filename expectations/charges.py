"""What must be true of every charge that an audit looks at."""

# Great Expectations re-exports its names in a way that mypy does not follow.
# mypy: disable-error-code="attr-defined"

from __future__ import annotations

import great_expectations as gx
import great_expectations.expectations as gxe
import pandas as pd
from great_expectations.expectations.expectation import Expectation
from great_expectations.expectations.metadata_types import FailureSeverity
from great_expectations.expectations.row_conditions import Column

from expectations.audit_frames import blanks_missing
from expectations.engine import Check
from expectations.rules import ExpectIsoCurrency, ExpectPresentAndEqual, ExpectSignedMinorUnits
from reclaim.reconciliation.model import ChargeClass, Reconciliation


def charges_check(frame: pd.DataFrame, reconciliation: Reconciliation) -> Check:
    """The suite over the charges of `reclaim.reconciliation.frames`."""
    expectations = [*_identity(), *_time(reconciliation), *_amount(), *_classes(), *_three_way_match()]
    suite = gx.ExpectationSuite(name="charges", expectations=expectations)
    frame = blanks_missing(frame, "charge_id", "application_id", "client_id", "currency", "class")
    return Check(suite, frame, index=("charge_id", "application_id"), collection="charges")


def _identity() -> list[Expectation]:
    return [
        gxe.ExpectColumnValuesToNotBeNull(column="charge_id", description="Every charge has an ID."),
        gxe.ExpectColumnValuesToBeUnique(column="charge_id", description="No two charges share an ID."),
        gxe.ExpectColumnValuesToNotBeNull(column="application_id", description="Every charge names an application."),
        gxe.ExpectColumnValuesToNotBeNull(column="client_id", description="Every charge names who was charged."),
    ]


def _time(reconciliation: Reconciliation) -> list[Expectation]:
    return [
        gxe.ExpectColumnValuesToNotBeNull(column="charged_at", description="Every charge says when it was made."),
        gxe.ExpectColumnValuesToBeBetween(
            column="charged_at",
            max_value=reconciliation.as_of,
            severity=FailureSeverity.WARNING,
            description="No charge was made after the moment by which the audit judges.",
        ),
        gxe.ExpectColumnPairValuesAToBeGreaterThanB(
            column_A="charged_at",
            column_B="applied_at",
            or_equal=True,
            ignore_row_if="either_value_is_missing",
            severity=FailureSeverity.WARNING,
            description="No charge was made before its application happened.",
        ),
    ]


def _amount() -> list[Expectation]:
    return [
        gxe.ExpectColumnValuesToNotBeNull(column="amount_minor", description="Every charge has an amount."),
        ExpectSignedMinorUnits(
            column="amount_minor", description="Every amount is an integer, in minor units of its currency."
        ),
        gxe.ExpectColumnValuesToNotBeInSet(
            column="amount_minor",
            value_set=[0],
            severity=FailureSeverity.INFO,
            description="No charge is of nothing.",
        ),
        gxe.ExpectColumnValuesToNotBeNull(column="currency", description="Every amount has a currency."),
        ExpectIsoCurrency(column="currency", description="Every currency is an ISO 4217 code."),
        gxe.ExpectColumnPairValuesToBeEqual(
            column_A="currency",
            column_B="application_currency",
            ignore_row_if="either_value_is_missing",
            severity=FailureSeverity.WARNING,
            description="Every charge is in the currency of its application.",
        ),
    ]


def _classes() -> list[Expectation]:
    orphaned = ChargeClass.WITHOUT_APPLICATION.value
    refunds = Column("class") == ChargeClass.REFUND.value
    charges = Column("class").is_in(
        [found.value for found in (ChargeClass.DUPLICATE, ChargeClass.WRONG_AMOUNT, ChargeClass.MATCHED)]
    )
    return [
        gxe.ExpectColumnValuesToNotBeNull(column="class", description="Every charge is in a class."),
        gxe.ExpectColumnValuesToBeInSet(
            column="class",
            value_set=[found.value for found in ChargeClass],
            description="Every class is a known one.",
        ),
        gxe.ExpectColumnValuesToBeNull(
            column="applied_at",
            row_condition=Column("class") == orphaned,
            description="No charge without an application has one.",
        ),
        gxe.ExpectColumnValuesToNotBeNull(
            column="applied_at",
            row_condition=Column("class") != orphaned,
            description="The application of every other charge exists.",
        ),
        gxe.ExpectColumnValuesToBeBetween(
            column="amount_minor",
            max_value=0,
            strict_max=True,
            row_condition=refunds,
            description="Every refund is below zero.",
        ),
        gxe.ExpectColumnValuesToBeBetween(
            column="amount_minor",
            min_value=0,
            row_condition=charges,
            description="Nothing below zero counts as a charge.",
        ),
    ]


def _three_way_match() -> list[Expectation]:
    """Proof that what counts as matched is: the match itself is not asked."""
    matched = Column("class") == ChargeClass.MATCHED.value
    return [
        ExpectPresentAndEqual(
            column_A=column,
            column_B=f"application_{column}",
            row_condition=matched,
            description=f"Every matched charge has its application's {word}.",
        )
        for column, word in (("client_id", "client"), ("amount_minor", "price"), ("currency", "currency"))
    ]
