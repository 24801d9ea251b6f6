"""What must be true of the run's ledger: every message accounted for, nothing lost, nothing invented."""

# Great Expectations re-exports its names in a way that mypy does not follow.
# mypy: disable-error-code="attr-defined"

from __future__ import annotations

import great_expectations as gx
import great_expectations.expectations as gxe
import pandas as pd
from great_expectations.expectations.expectation import Expectation
from great_expectations.expectations.row_conditions import Column, ComparisonCondition

from expectations.engine import SuiteCheck
from expectations.phrases import WARNING, absent, always, known, not_before, present, present_and_equal, unique
from reclaim.contracts.contract import Contract, Words
from reclaim.model.outcome import Cause, Counts, Outcome


def ledger_check(frame: pd.DataFrame, counts: Counts, contract: Contract, run_id: str) -> SuiteCheck:
    """The suite over `expectations.frames.ledger_frame`, for the run that counted `counts`."""
    expectations = [
        *_accounted(run_id),
        *_balanced(counts),
        *_recovered(contract.words),
        *_kept_whole(),
        *_deleted_last(),
    ]
    suite = gx.ExpectationSuite(name="ledger", expectations=expectations, meta={"frame": "ledger"})
    return SuiteCheck(suite, frame, index=("message_id", "record_key"), collection="dead_letters")


def _having(outcome: Outcome) -> ComparisonCondition:
    return Column("outcome") == outcome.value


def _accounted(run_id: str) -> list[Expectation]:
    return [
        present("message_id", "Every entry names its message."),
        unique("message_id", "No message has two entries."),
        present("outcome", "Every entry has an outcome."),
        known("outcome", Outcome, "Every outcome is a known one."),
        present("cause", "Every entry has a cause."),
        known("cause", Cause, "Every cause is a known one."),
        always("run_id", run_id, "Every entry belongs to this run."),
    ]


def _balanced(counts: Counts) -> list[Expectation]:
    """The ledger against the run's counts; with these true, received is the sum of the outcomes."""
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


def _recovered(words: Words) -> list[Expectation]:
    its_record = f"The {words.record} of every recovered message"
    recovered = _having(Outcome.RECOVERED)
    return [
        always("record_exists", True, f"{its_record} is in MongoDB.", row_condition=recovered),
        present(
            "record_identity",
            f"{its_record} has its {words.identity}.",
            row_condition=recovered,
        ),
        unique("record_key", f"No {words.record} was recovered by two messages.", row_condition=recovered),
        present_and_equal(
            "message_id",
            "record_message_id",
            f"{its_record} names that message as its origin.",
            row_condition=recovered,
        ),
    ]


def _kept_whole() -> list[Expectation]:
    return [
        present_and_equal(
            "body_sha256_now",
            "body_sha256",
            "The body of every quarantined message is kept whole, byte for byte.",
            row_condition=_having(Outcome.QUARANTINED),
        ),
        present_and_equal(
            "body_sha256_now",
            "body_sha256",
            "The body of every other message is kept whole, byte for byte.",
            row_condition=Column("outcome") != Outcome.QUARANTINED.value,
            severity=WARNING,
        ),
    ]


def _deleted_last() -> list[Expectation]:
    final = {"row_condition": Column("outcome").is_in([o.value for o in Outcome if o.is_final]), "severity": WARNING}
    return [
        absent(
            "deleted_at",
            "No deferred message was deleted from the queue.",
            row_condition=_having(Outcome.DEFERRED),
        ),
        present("settled_at", "Every final outcome says when it was settled.", **final),
        present("deleted_at", "Every settled message was deleted from the queue.", **final),
        not_before("deleted_at", "settled_at", "No message was deleted before it was settled.", severity=WARNING),
    ]
