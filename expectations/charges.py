"""What must be true of every charge that an audit looks at."""

# Great Expectations re-exports its names in a way that mypy does not follow.
# mypy: disable-error-code="attr-defined"

from __future__ import annotations

import great_expectations as gx
import pandas as pd
from great_expectations.expectations.expectation import Expectation
from great_expectations.expectations.row_conditions import Column

from expectations.audit_frames import blanks_missing
from expectations.engine import SuiteCheck
from expectations.phrases import (
    INFO,
    WARNING,
    absent,
    between,
    currencies,
    equal,
    known,
    never,
    not_before,
    present,
    present_and_equal,
    unique,
)
from expectations.rules import ExpectSignedMinorUnits
from reclaim.contracts.contract import Contract
from reclaim.reconciliation.model import ChargeClass, Reconciliation


def charges_check(frame: pd.DataFrame, reconciliation: Reconciliation, contract: Contract) -> SuiteCheck:
    """The suite over the charges of `reclaim.reconciliation.frames`."""
    expectations = [*_identity(), *_time(reconciliation), *_amount(), *_classes(), *_three_way_match()]
    suite = gx.ExpectationSuite(name="charges", expectations=expectations)
    frame = blanks_missing(frame, "charge_id", "application_id", "client_id", "currency", "class")
    collection = contract.require_revenue().charges.name
    return SuiteCheck(suite, frame, index=("charge_id", "application_id"), collection=collection)


def _identity() -> list[Expectation]:
    return [
        present("charge_id", "Every charge has an ID."),
        unique("charge_id", "No two charges share an ID."),
        present("application_id", "Every charge names an application."),
        present("client_id", "Every charge names who was charged."),
    ]


def _time(reconciliation: Reconciliation) -> list[Expectation]:
    return [
        present("charged_at", "Every charge says when it was made."),
        between(
            "charged_at",
            "No charge was made after the moment against which lateness is measured.",
            max_value=reconciliation.as_of,
            severity=WARNING,
        ),
        not_before("charged_at", "applied_at", "No charge was made before its application happened.", severity=WARNING),
    ]


def _amount() -> list[Expectation]:
    return [
        present("amount_minor", "Every charge has an amount."),
        ExpectSignedMinorUnits(
            column="amount_minor", description="Every amount is an integer, in minor units of its currency."
        ),
        never("amount_minor", 0, "No charge is of nothing.", severity=INFO),
        *currencies("Every amount has a currency."),
        equal(
            "currency", "application_currency", "Every charge is in the currency of its application.", severity=WARNING
        ),
    ]


def _classes() -> list[Expectation]:
    orphaned = ChargeClass.WITHOUT_APPLICATION.value
    refunds = Column("class") == ChargeClass.REFUND.value
    charges = Column("class").is_in(
        [found.value for found in (ChargeClass.DUPLICATE, ChargeClass.WRONG_AMOUNT, ChargeClass.MATCHED)]
    )
    return [
        present("class", "Every charge is in a class."),
        known("class", ChargeClass, "Every class is a known one."),
        absent("applied_at", "No charge without an application has one.", row_condition=Column("class") == orphaned),
        present(
            "applied_at", "The application of every other charge exists.", row_condition=Column("class") != orphaned
        ),
        between("amount_minor", "Every refund is below zero.", max_value=0, strict_max=True, row_condition=refunds),
        between("amount_minor", "Nothing below zero counts as a charge.", min_value=0, row_condition=charges),
    ]


def _three_way_match() -> list[Expectation]:
    """Proof that what counts as matched is: the match itself is not asked."""
    matched = Column("class") == ChargeClass.MATCHED.value
    return [
        present_and_equal(
            column,
            f"application_{column}",
            f"Every matched charge has its application's {word}.",
            row_condition=matched,
        )
        for column, word in (("client_id", "client"), ("amount_minor", "price"), ("currency", "currency"))
    ]
