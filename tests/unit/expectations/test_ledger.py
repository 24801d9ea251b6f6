"""What must be true of the ledger, each expectation broken at least once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count

import pandas as pd
import pytest

from reclaim.model.outcome import Counts
from reclaim.model.validation import SuiteResult
from tests.unit.expectations.conftest import validate_run

Tamper = Callable[[pd.DataFrame, str, dict[int, object]], None]

EARLIER = datetime(2026, 11, 20, 8, 15, 29, tzinfo=UTC)
LATER = datetime(2026, 11, 20, 8, 15, 31, tzinfo=UTC)

NAMED = "Every entry names its message."
ONE_ENTRY = "No message has two entries."
OUTCOME = "Every entry has an outcome."
KNOWN_OUTCOME = "Every outcome is a known one."
CAUSE = "Every entry has a cause."
KNOWN_CAUSE = "Every cause is a known one."
THIS_RUN = "Every entry belongs to this run."
RECEIVED = "The ledger accounts for every message that was received: {}."
COUNTED = "The ledger holds as many {} messages as the run counted: {}."
HOLDS = " (It holds {}.)"
EXISTS = "The client of every recovered message is in MongoDB."
TRACKED = "The client of every recovered message has its tracking ID."
ONE_MESSAGE = "No client was recovered by two messages."
ORIGIN = "The client of every recovered message names that message as its origin."
WHOLE = "The body of every quarantined message is kept whole, byte for byte."
OTHERS_WHOLE = "The body of every other message is kept whole, byte for byte."
NOT_LOST = "No deferred message was deleted from the queue."
SETTLED = "Every final outcome says when it was settled."
DELETED = "Every settled message was deleted from the queue."
DELETED_LAST = "No message was deleted before it was settled."

# What is put into which column of rows 0 to 2 (recovered), 3 (duplicate), 4 (quarantined) and 5 (deferred), and
# which rows then break what.
CASES: list[tuple[str, dict[int, object], dict[str, set[int]]]] = [
    ("message_id", {4: None}, {NAMED: {4}}),
    ("message_id", {3: "m_same", 4: "m_same"}, {ONE_ENTRY: {3, 4}}),
    ("outcome", {1: None}, {OUTCOME: {1}}),
    ("outcome", {1: "mislaid"}, {KNOWN_OUTCOME: {1}}),
    ("cause", {1: None}, {CAUSE: {1}}),
    ("cause", {1: "bad_luck"}, {KNOWN_CAUSE: {1}}),
    ("run_id", {1: "run-6"}, {THIS_RUN: {1}}),
    ("record_exists", {1: False}, {EXISTS: {1}}),
    ("record_exists", {3: False, 4: False, 5: False}, {}),
    ("record_identity", {1: None, 3: None}, {TRACKED: {1}}),
    ("record_key", {0: "cl_same", 1: "cl_same", 3: "cl_same"}, {ONE_MESSAGE: {0, 1}}),
    ("record_message_id", {1: "m_other"}, {ORIGIN: {1}}),
    ("record_message_id", {1: None, 4: None}, {ORIGIN: {1}}),
    ("body_sha256_now", {4: "0" * 64}, {WHOLE: {4}}),
    ("body_sha256", {4: None}, {WHOLE: {4}}),
    ("body_sha256_now", {0: "0" * 64, 5: "0" * 64}, {OTHERS_WHOLE: {0, 5}}),
    ("deleted_at", {5: LATER}, {NOT_LOST: {5}}),
    ("settled_at", {1: None, 5: None}, {SETTLED: {1}}),
    ("deleted_at", {1: None}, {DELETED: {1}}),
    ("deleted_at", {1: EARLIER}, {DELETED_LAST: {1}}),
]


@pytest.fixture(scope="module")
def tampered(
    frames_of: Callable[[int], tuple[pd.DataFrame, pd.DataFrame]], tamper: Tamper
) -> tuple[pd.DataFrame, SuiteResult]:
    """All cases in one frame, six rows each, so that the library is asked once."""
    records, ledger = frames_of(len(CASES))
    for first, (column, values, _) in zip(count(0, 6), CASES, strict=False):
        tamper(ledger, column, {first + row: value for row, value in values.items()})
    return ledger, validate_run(records, ledger, Counts()).suites[1]


@pytest.mark.parametrize("case", range(len(CASES)), ids=lambda case: f"{CASES[case][0]}-{CASES[case][1]}")
def test_an_entry_that_is_not_as_it_must_be_is_named_by_all_that_it_breaks_and_by_nothing_else(
    tampered: tuple[pd.DataFrame, SuiteResult], case: int
) -> None:
    frame, suite = tampered
    six = frame.iloc[6 * case : 6 * case + 6]
    names = list(six["message_id"].fillna("record_key " + six["record_key"]))

    broken = {e.expectation: sorted(i for i in e.unexpected_ids if i in names) for e in suite.expectations}

    assert {sentence: named for sentence, named in broken.items() if named} == {
        sentence: sorted(names[row] for row in rows) for sentence, rows in CASES[case][2].items()
    }


def test_a_ledger_as_it_must_be_breaks_nothing(records: pd.DataFrame, ledger: pd.DataFrame, counts: Counts) -> None:
    suite = validate_run(records, ledger, counts).suites[1]

    assert suite.success
    assert all(e.success and e.unexpected == 0 for e in suite.expectations)


def test_a_ledger_that_disagrees_with_any_of_the_runs_counts_is_unbalanced(
    records: pd.DataFrame, ledger: pd.DataFrame
) -> None:
    counted = Counts(received=7, recovered=4, duplicate=0, quarantined=3, deferred=0)

    result = validate_run(records, ledger, counted)

    assert not result.success
    assert [(e.expectation, e.unexpected) for _, e in result.failures] == [
        (RECEIVED.format(7) + HOLDS.format(6), 1),
        (COUNTED.format("recovered", 4) + HOLDS.format(3), 1),
        (COUNTED.format("duplicate", 0) + HOLDS.format(1), 1),
        (COUNTED.format("quarantined", 3) + HOLDS.format(1), 2),
        (COUNTED.format("deferred", 0) + HOLDS.format(1), 1),
    ]


def test_a_message_that_was_received_and_has_no_entry_makes_the_run_fail(
    records: pd.DataFrame, ledger: pd.DataFrame, counts: Counts
) -> None:
    result = validate_run(records, ledger, replace(counts, received=7))

    assert not result.success
    assert [(suite, e.expectation) for suite, e in result.failures] == [
        ("ledger", RECEIVED.format(7) + HOLDS.format(6))
    ]


def test_a_message_recovered_without_its_record_breaks_all_that_depends_on_the_record(
    frames_of: Callable[[int], tuple[pd.DataFrame, pd.DataFrame]], counts: Counts, tamper: Tamper
) -> None:
    records, ledger = frames_of(1)
    tamper(ledger, "record_exists", {2: False})
    tamper(ledger, "record_identity", {2: None})
    tamper(ledger, "record_message_id", {2: None})

    result = validate_run(records, ledger, counts)

    assert {e.expectation: e.unexpected_ids for _, e in result.failures} == {
        EXISTS: ("m2",),
        TRACKED: ("m2",),
        ORIGIN: ("m2",),
    }


def test_every_expectation_has_a_case_in_which_it_breaks(tampered: tuple[pd.DataFrame, SuiteResult]) -> None:
    rows = {e.expectation for e in tampered[1].expectations if not e.expectation.startswith("The ledger ")}

    assert rows == {sentence for _, _, broken in CASES for sentence in broken}
