"""What must be true of every record that the run recovered; made from the contract."""

# Great Expectations re-exports its names in a way that mypy does not follow.
# mypy: disable-error-code="attr-defined"

from __future__ import annotations

from collections.abc import Iterator

import great_expectations as gx
import pandas as pd
from great_expectations.expectations.expectation import Expectation
from great_expectations.expectations.metadata_types import FailureSeverity
from great_expectations.expectations.row_conditions import Column

from expectations.engine import SuiteCheck
from expectations.frames import column_of
from expectations.phrases import CRITICAL, INFO, WARNING, formed, never, present, unique
from expectations.rules import ExpectIdentityToEqualItsDerivation, ExpectIsoCurrency, ExpectMinorUnits
from reclaim.contracts.contract import Contract, DocumentField
from reclaim.model.record import Origin


def records_check(frame: pd.DataFrame, contract: Contract) -> SuiteCheck:
    """The suite over `expectations.frames.records_frame`."""
    expectations = [*_key(contract), *_identity(contract), *_document(contract), *_provenance(contract)]
    suite = gx.ExpectationSuite(name="records", expectations=expectations, meta={"frame": "records"})
    return SuiteCheck(suite, frame, index=("record_key", "message_id"), collection=contract.collection)


def _key(contract: Contract) -> Iterator[Expectation]:
    words = contract.words
    yield present("record_key", f"Every {words.record} has a key.")
    kind = contract.key_kind
    yield formed("record_key", kind.pattern, f"Every {words.record}'s key is {kind.form}.")
    yield unique("record_key", f"No two {words.records} share a key.")


def _identity(contract: Contract) -> Iterator[Expectation]:
    words = contract.words
    yield present("identity", f"Every recovered {words.record} has its {words.identity}.")
    yield formed("identity", contract.identity.pattern, f"Every {words.identity} has the right form.")
    yield unique("identity", f"No two {words.records} share their {words.identity}.")
    yield ExpectIdentityToEqualItsDerivation(
        column_A="identity",
        column_B="derived_identity",
        # Whatever does not say that it was carried is taken for regenerated, and so checked.
        row_condition=Column("origin") != Origin.CARRIED.value,
        description=f"Every regenerated {words.identity} is the one that its {words.record}'s key gives.",
    )


def _document(contract: Contract) -> Iterator[Expectation]:
    """What must agree between events decides what the record is worth and whose it is: that is critical."""
    for field in contract.document_fields:
        yield from _field(field, contract.words.record, CRITICAL if field.must_agree else WARNING)


def _field(field: DocumentField, record: str, severity: FailureSeverity) -> Iterator[Expectation]:
    column, kind, subject = column_of(field), field.kind, f"Every {record}'s {field.path}"
    # Of a field that may differ and has a form, only the form counts.
    if field.required and (field.must_agree or not kind.pattern):
        yield present(column, f"{subject} is there.", severity=severity)
    if kind.pattern:
        yield formed(column, kind.pattern, f"{subject} is {kind.form}.", severity=severity)
    if kind.name == "minor_units":
        yield ExpectMinorUnits(
            column=column,
            description=f"{subject} is an integer from 0 up, in minor units of its currency.",
            severity=severity,
        )
    if kind.name == "minor_units" and field.is_amount:
        sentence = f"No {record}'s {field.path} is zero: it would be attributed, but never billed."
        yield never(column, 0, sentence, severity=INFO)
    if kind.name == "currency":
        yield ExpectIsoCurrency(column=column, description=f"{subject} is an ISO 4217 code.", severity=severity)


def _provenance(contract: Contract) -> Iterator[Expectation]:
    recovered, words = f"Every recovered {contract.words.record}", contract.words
    yield present("message_id", f"{recovered} names the message that brought it.")
    yield unique("message_id", f"No message recovered two {words.records}.")
    yield present("origin", f"{recovered} says whether its {words.identity} was regenerated or carried.")
    yield present("run_id", f"{recovered} names the run that wrote it.", severity=WARNING)
    yield present("recovered_at", f"{recovered} says when it was written.", severity=WARNING)
