"""What must be true of the run's ledger: every message accounted for, nothing lost, nothing made up."""

# Great Expectations re-exports its names in a way that mypy does not follow.
# mypy: disable-error-code="attr-defined"

from __future__ import annotations

import great_expectations as gx
import great_expectations.expectations as gxe
import pandas as pd
from great_expectations.expectations.expectation import Expectation
from great_expectations.expectations.metadata_types import FailureSeverity
from great_expectations.expectations.row_conditions import Column, ComparisonCondition

from expectations.engine import Check
from expectations.rules import ExpectPresentAndEqual
from reclaim.outcomes import Cause, Counts, Outcome


def ledger_check(frame: pd.DataFrame, counts: Counts, run_id: str) -> Check:
    """The suite over `expectations.frames.ledger_frame`, for the run that counted `counts`."""
    expectations = [
        *_accounted(run_id),
        *_balanced(counts),
        *_recovered(),
        *_kept_whole(),
        *_deleted_last(),
    ]
    suite = gx.ExpectationSuite(name="ledger", expectations=expectations)
    return Check(suite, frame, index=("message_id", "client_id"), collection="dead_letters")


def _having(outcome: Outcome) -> ComparisonCondition:
    return Column("outcome") == outcome.value


def _accounted(run_id: str) -> list[Expectation]:
    return [
        gxe.ExpectColumnValuesToNotBeNull(column="message_id", description="Every entry names its message."),
        gxe.ExpectColumnValuesToBeUnique(column="message_id", description="No message has two entries."),
        gxe.ExpectColumnValuesToNotBeNull(column="outcome", description="Every entry has an outcome."),
        gxe.ExpectColumnValuesToBeInSet(
            column="outcome", value_set=[o.value for o in Outcome], description="Every outcome is a known one."
        ),
        gxe.ExpectColumnValuesToNotBeNull(column="cause", description="Every entry has a cause."),
        gxe.ExpectColumnValuesToBeInSet(
            column="cause", value_set=[c.value for c in Cause], description="Every cause is a known one."
        ),
        gxe.ExpectColumnValuesToBeInSet(
            column="run_id", value_set=[run_id], description="Every entry belongs to this run."
        ),
    ]


def _balanced(counts: Counts) -> list[Expectation]:
    """The ledger against the run's books; with these true, received is the sum of the outcomes."""
    return [
        gxe.ExpectTableRowCountToEqual(
            value=counts.received,
            description=f"The ledger accounts for every message that was received: {counts.received:,}.",
        ),
        *(
            gxe.ExpectTableRowCountToEqual(
                value=expected,
                row_condition=_having(outcome),
                description=f"The ledger holds as many {outcome.value} messages as the run counted: {expected:,}.",
            )
            for outcome in Outcome
            for expected in [counts.as_dict()[outcome.value]]
        ),
    ]


def _recovered() -> list[Expectation]:
    recovered = _having(Outcome.RECOVERED)
    return [
        gxe.ExpectColumnValuesToBeInSet(
            column="client_exists",
            value_set=[True],
            row_condition=recovered,
            description="The client of every recovered message is in MongoDB.",
        ),
        gxe.ExpectColumnValuesToNotBeNull(
            column="client_tracking_id",
            row_condition=recovered,
            description="The client of every recovered message has its tracking ID.",
        ),
        gxe.ExpectColumnValuesToBeUnique(
            column="client_id",
            row_condition=recovered,
            description="No client was recovered by two messages.",
        ),
        ExpectPresentAndEqual(
            column_A="message_id",
            column_B="client_message_id",
            row_condition=recovered,
            description="The client of every recovered message names that message as its origin.",
        ),
    ]


def _kept_whole() -> list[Expectation]:
    return [
        ExpectPresentAndEqual(
            column_A="body_sha256_now",
            column_B="body_sha256",
            row_condition=_having(Outcome.QUARANTINED),
            description="The body of every quarantined message is kept whole, byte for byte.",
        ),
        ExpectPresentAndEqual(
            column_A="body_sha256_now",
            column_B="body_sha256",
            row_condition=Column("outcome") != Outcome.QUARANTINED.value,
            severity=FailureSeverity.WARNING,
            description="The body of every other message is kept whole, byte for byte.",
        ),
    ]


def _deleted_last() -> list[Expectation]:
    final = Column("outcome").is_in([o.value for o in Outcome if o.is_final])
    return [
        gxe.ExpectColumnValuesToBeNull(
            column="deleted_at",
            row_condition=_having(Outcome.DEFERRED),
            description="No deferred message was deleted from the queue.",
        ),
        gxe.ExpectColumnValuesToNotBeNull(
            column="settled_at",
            row_condition=final,
            severity=FailureSeverity.WARNING,
            description="Every final outcome says when it was settled.",
        ),
        gxe.ExpectColumnValuesToNotBeNull(
            column="deleted_at",
            row_condition=final,
            severity=FailureSeverity.WARNING,
            description="Every settled message was deleted from the queue.",
        ),
        gxe.ExpectColumnPairValuesAToBeGreaterThanB(
            column_A="deleted_at",
            column_B="settled_at",
            or_equal=True,
            ignore_row_if="either_value_is_missing",
            severity=FailureSeverity.WARNING,
            description="No message was deleted before it was settled.",
        ),
    ]
