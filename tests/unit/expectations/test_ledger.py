"""What is true of the ledger, each expectation broken once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pandas as pd
import pytest

from expectations.validation import validate_run
from reclaim.outcomes import Counts

Broken = dict[str, tuple[str, ...]]
Tamper = Callable[[pd.DataFrame, str, dict[int, object]], None]
Check = Callable[..., Broken]

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

RECOVERED_OFF = COUNTED.format("recovered", 3) + HOLDS.format(2)

CASES = [
    ("message_id", {4: None}, {NAMED: ("client_id cl_9",)}),
    ("message_id", {4: "m3"}, {ONE_ENTRY: ("m3", "m3")}),
    ("outcome", {1: None}, {OUTCOME: ("m1",), RECOVERED_OFF: ()}),
    ("outcome", {1: "mislaid"}, {KNOWN_OUTCOME: ("m1",), RECOVERED_OFF: ()}),
    ("cause", {1: None}, {CAUSE: ("m1",)}),
    ("cause", {1: "bad_luck"}, {KNOWN_CAUSE: ("m1",)}),
    ("run_id", {1: "run-6"}, {THIS_RUN: ("m1",)}),
    ("client_exists", {1: False}, {EXISTS: ("m1",)}),
    ("client_tracking_id", {1: None}, {TRACKED: ("m1",)}),
    ("client_id", {1: "cl_0"}, {ONE_MESSAGE: ("m0", "m1")}),
    ("client_message_id", {1: "m9"}, {ORIGIN: ("m1",)}),
    ("client_message_id", {1: None}, {ORIGIN: ("m1",)}),
    ("body_sha256_now", {4: "0" * 64}, {WHOLE: ("m4",)}),
    ("body_sha256", {4: None}, {WHOLE: ("m4",)}),
    ("body_sha256_now", {0: "0" * 64, 5: "0" * 64}, {OTHERS_WHOLE: ("m0", "m5")}),
    ("deleted_at", {5: LATER}, {NOT_LOST: ("m5",)}),
    ("settled_at", {1: None}, {SETTLED: ("m1",)}),
    ("deleted_at", {1: None}, {DELETED: ("m1",)}),
    ("deleted_at", {1: EARLIER}, {DELETED_LAST: ("m1",)}),
]


@pytest.mark.parametrize(("column", "values", "broken"), CASES, ids=lambda value: repr(value)[:40])
def test_an_entry_that_is_not_as_it_must_be_is_named_by_what_it_breaks(
    ledger: pd.DataFrame,
    tamper: Tamper,
    broken_ledger: Check,
    column: str,
    values: dict[int, object],
    broken: Broken,
) -> None:
    tamper(ledger, "client_id", {4: "cl_9"})
    tamper(ledger, column, values)

    assert broken_ledger() == broken


def test_a_ledger_as_it_must_be_breaks_nothing(ledger: pd.DataFrame, broken_ledger: Check) -> None:
    assert len(ledger) == 6
    assert broken_ledger() == {}


@pytest.mark.parametrize("outcome", ["recovered", "duplicate", "quarantined", "deferred"])
def test_a_ledger_that_disagrees_with_the_runs_count_of_an_outcome_is_unbalanced(
    counts: Counts, broken_ledger: Check, outcome: str
) -> None:
    held = counts.as_dict()[outcome]

    assert broken_ledger(replace(counts, received=7, **{outcome: held + 1})) == {
        RECEIVED.format(7) + HOLDS.format(6): (),
        COUNTED.format(outcome, held + 1) + HOLDS.format(held): (),
    }


def test_a_message_that_was_received_and_has_no_entry_makes_the_run_fail(
    clients: pd.DataFrame, ledger: pd.DataFrame, counts: Counts
) -> None:
    result = validate_run(clients, ledger, replace(counts, received=7), None, "run-7")

    assert not result.success
    assert [(suite, e.expectation, e.unexpected) for suite, e in result.failures] == [
        ("ledger", RECEIVED.format(7) + HOLDS.format(6), 1)
    ]


def test_a_lost_entry_is_missed_in_its_outcome(ledger: pd.DataFrame, broken_ledger: Check) -> None:
    ledger.drop(index=4, inplace=True)  # noqa: PD002  (the fixture's own frame)

    assert broken_ledger() == {
        RECEIVED.format(6) + HOLDS.format(5): (),
        COUNTED.format("quarantined", 1) + HOLDS.format(0): (),
    }


def test_a_message_recovered_without_its_client_breaks_all_that_hangs_on_the_client(
    ledger: pd.DataFrame, tamper: Tamper, broken_ledger: Check
) -> None:
    tamper(ledger, "client_exists", {2: False})
    tamper(ledger, "client_tracking_id", {2: None})
    tamper(ledger, "client_message_id", {2: None})

    assert broken_ledger() == {EXISTS: ("m2",), TRACKED: ("m2",), ORIGIN: ("m2",)}


def test_every_expectation_has_a_case_in_which_it_breaks(
    clients: pd.DataFrame, ledger: pd.DataFrame, counts: Counts
) -> None:
    tried = {s for _, _, broken in CASES for s in broken} - {RECOVERED_OFF}
    suite = validate_run(clients, ledger, counts, None, "run-7").suites[1]
    sums = {e.expectation for e in suite.expectations if e.expectation.startswith("The ledger")}

    assert suite.suite == "ledger"
    assert {e.expectation for e in suite.expectations} - sums == tried
    assert len(sums) == len(counts.as_dict())
