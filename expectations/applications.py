"""What must be true of every application that an audit looks at."""

# Great Expectations re-exports its names in a way that mypy does not follow.
# mypy: disable-error-code="attr-defined"

from __future__ import annotations

from typing import Final

import great_expectations as gx
import pandas as pd
from great_expectations.expectations.expectation import Expectation
from great_expectations.expectations.row_conditions import Column, ComparisonCondition

from expectations.audit_frames import blanks_missing
from expectations.engine import SuiteCheck
from expectations.phrases import (
    INFO,
    WARNING,
    always,
    between,
    currencies,
    equal,
    formed,
    known,
    never,
    not_before,
    present,
    unique,
)
from expectations.rules import ExpectMinorUnits
from reclaim.contracts.contract import Contract
from reclaim.reconciliation.model import ApplicationClass, Reconciliation

_NEVER_CHARGED: Final = (
    ApplicationClass.AWAITING_QUARANTINE,
    ApplicationClass.UNATTRIBUTABLE,
    ApplicationClass.LATE,
    ApplicationClass.UNBILLED_RECOVERED,
    ApplicationClass.UNBILLED,
)
_OF_KNOWN_CLIENTS: Final = (ApplicationClass.LATE, ApplicationClass.UNBILLED_RECOVERED, ApplicationClass.UNBILLED)
_OF_UNKNOWN_CLIENTS: Final = (ApplicationClass.AWAITING_QUARANTINE, ApplicationClass.UNATTRIBUTABLE)


def applications_check(frame: pd.DataFrame, reconciliation: Reconciliation, contract: Contract) -> SuiteCheck:
    """The suite over the applications of `reclaim.reconciliation.frames`, for the window of `reconciliation`."""
    expectations = [*_identity(), *_time(reconciliation), *_price(), *_tracking(contract), *_classes()]
    suite = gx.ExpectationSuite(name="applications", expectations=expectations)
    frame = blanks_missing(frame, "application_id", "client_id", "currency", "tracking_id", "class")
    collection = contract.require_revenue().applications.name
    return SuiteCheck(suite, frame, index=("application_id", "client_id"), collection=collection)


def _identity() -> list[Expectation]:
    return [
        present("application_id", "Every application has an ID."),
        unique("application_id", "No two applications share an ID."),
        present("client_id", "Every application names its client."),
    ]


def _time(reconciliation: Reconciliation) -> list[Expectation]:
    return [
        present("applied_at", "Every application says when it happened."),
        between(
            "applied_at",
            "Every application happened in the audit's window.",
            min_value=reconciliation.from_,
            max_value=reconciliation.to,
            strict_max=True,
        ),
        between(
            "applied_at",
            "No application happened after the moment against which lateness is measured.",
            max_value=reconciliation.as_of,
            severity=WARNING,
        ),
        not_before(
            "applied_at",
            "client_created_at",
            "No application happened before its client was created.",
            severity=WARNING,
        ),
    ]


def _price() -> list[Expectation]:
    return [
        present("amount_minor", "Every application has a price."),
        ExpectMinorUnits(
            column="amount_minor", description="Every price is an integer from 0 up, in minor units of its currency."
        ),
        *currencies("Every price has a currency."),
        equal("amount_minor", "client_rate_minor", "Every price is its client's rate of today.", severity=WARNING),
        equal("currency", "client_currency", "Every price is in its client's currency of today.", severity=WARNING),
        never("amount_minor", 0, "No application is free.", severity=INFO),
    ]


def _tracking(contract: Contract) -> list[Expectation]:
    return [
        formed("tracking_id", contract.identity.pattern, "Every tracking ID has the right form.", severity=WARNING),
        equal("tracking_id", "client_tracking_id", "Every application's tracking ID is its client's."),
    ]


def _classes() -> list[Expectation]:
    return [
        present("class", "Every application is in a class."),
        known("class", ApplicationClass, "Every class is a known one."),
        always(
            "charges",
            1,
            "Every matched application has exactly one charge.",
            row_condition=_of(ApplicationClass.MATCHED),
        ),
        always(
            "charges",
            0,
            "No application that is unbilled, late or at risk has a charge.",
            row_condition=_of(*_NEVER_CHARGED),
        ),
        always(
            "client_known",
            True,
            "The client of every application that is unbilled or late is known.",
            row_condition=_of(*_OF_KNOWN_CLIENTS),
        ),
        always(
            "client_known",
            False,
            "The client of every application that is at risk is unknown.",
            row_condition=_of(*_OF_UNKNOWN_CLIENTS),
        ),
        present(
            "recovered_by",
            "The client of every application that is unbilled after a recovery was recovered by a run.",
            row_condition=_of(ApplicationClass.UNBILLED_RECOVERED),
        ),
    ]


def _of(*classes: ApplicationClass) -> ComparisonCondition:
    return Column("class").is_in([found.value for found in classes])
