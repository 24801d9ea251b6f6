"""What must be true of every recovered record, each expectation broken at least once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path

import pandas as pd
import pytest
from bson.decimal128 import Decimal128

from expectations.validation import GreatExpectationsValidator
from reclaim.contracts.loading import load_contract
from reclaim.model.outcome import Cause, Counts, Outcome
from reclaim.model.record import Origin, Record, Recovery
from reclaim.model.validation import SuiteResult
from tests.unit.expectations.conftest import KEY, NOW, an_entry, validate_run

Tamper = Callable[[pd.DataFrame, str, dict[int, object]], None]

EVERY_ID = "Every client has a key."
ID_FORM = "Every client's key is 1 to 128 letters, digits, _ . : or -."
ID_UNIQUE = "No two clients share a key."
NAME = "Every client's name is there."
COUNTRY = "Every client's country is a two-letter code in capitals."
TRACKED = "Every recovered client has its tracking ID."
TRACKING_FORM = "Every tracking ID has the right form."
TRACKING_UNIQUE = "No two clients share their tracking ID."
DERIVED = "Every regenerated tracking ID is the one that its client's key gives."
MODEL = "Every client's billing.model is there."
RATE = "Every client's billing.rate_minor is there."
MINOR = "Every client's billing.rate_minor is an integer from 0 up, in minor units of its currency."
CURRENCY = "Every client's billing.currency is there."
ISO = "Every client's billing.currency is an ISO 4217 code."
ZERO = "No client's billing.rate_minor is zero: it would be attributed, but never billed."
MESSAGE = "Every recovered client names the message that brought it."
ONE_CLIENT = "No message recovered two clients."
ORIGIN = "Every recovered client says whether its tracking ID was regenerated or carried."
RUN_NAMED = "Every recovered client names the run that wrote it."
WRITTEN = "Every recovered client says when it was written."


WELL_FORMED = "trk_" + "0" * 26
SHARED = "trk_" + "1" * 26

# What is put into which column of rows 0 and 1 (regenerated) and 2 (carried), and which rows then break what.
CASES: list[tuple[str, dict[int, object], dict[str, set[int]]]] = [
    ("record_key", {1: None}, {EVERY_ID: {1}}),
    ("record_key", {1: "cl 1"}, {ID_FORM: {1}}),
    ("record_key", {1: "cl_1\n"}, {ID_FORM: {1}}),
    ("record_key", {0: "cl_same", 1: "cl_same"}, {ID_UNIQUE: {0, 1}}),
    ("name", {1: None}, {NAME: {1}}),
    ("country", {1: "usa"}, {COUNTRY: {1}}),
    ("identity", {1: None}, {TRACKED: {1}, DERIVED: {1}}),
    ("identity", {2: None}, {TRACKED: {2}}),
    ("identity", {2: "trk_uuuu"}, {TRACKING_FORM: {2}}),
    ("identity", {1: SHARED, 2: SHARED}, {TRACKING_UNIQUE: {1, 2}, DERIVED: {1}}),
    ("identity", {1: WELL_FORMED}, {DERIVED: {1}}),
    ("derived_identity", {0: None, 1: None}, {DERIVED: {0, 1}}),
    ("billing.model", {1: None}, {MODEL: {1}}),
    ("billing.rate_minor", {1: None}, {RATE: {1}}),
    ("billing.rate_minor", {1: 12.5}, {MINOR: {1}}),
    ("billing.rate_minor", {0: 12.0, 2: "1250"}, {MINOR: {0, 2}}),
    ("billing.rate_minor", {0: True, 1: -1}, {MINOR: {0, 1}}),
    ("billing.rate_minor", {1: 2**63}, {MINOR: {1}}),
    ("billing.rate_minor", {1: 0}, {ZERO: {1}}),
    ("billing.currency", {1: None}, {CURRENCY: {1}}),
    ("billing.currency", {0: "usd", 1: "XYZ"}, {ISO: {0, 1}}),
    ("message_id", {1: None}, {MESSAGE: {1}}),
    ("message_id", {0: "m_same", 1: "m_same"}, {ONE_CLIENT: {0, 1}}),
    ("origin", {2: None}, {ORIGIN: {2}, DERIVED: {2}}),
    ("run_id", {1: None}, {RUN_NAMED: {1}}),
    ("recovered_at", {1: None}, {WRITTEN: {1}}),
]


@pytest.fixture(scope="module")
def tampered(
    frames_of: Callable[[int], tuple[pd.DataFrame, pd.DataFrame]], tamper: Tamper
) -> tuple[pd.DataFrame, SuiteResult]:
    """All cases in one frame, three rows each, so that the library is asked once."""
    records, ledger = frames_of(len(CASES))
    for first, (column, values, _) in zip(count(0, 3), CASES, strict=False):
        tamper(records, column, {first + row: value for row, value in values.items()})
    return records, validate_run(records, ledger, Counts()).suites[0]


@pytest.mark.parametrize("case", range(len(CASES)), ids=lambda case: f"{CASES[case][0]}-{CASES[case][1]}")
def test_a_client_that_is_not_as_it_must_be_is_named_by_all_that_it_breaks_and_by_nothing_else(
    tampered: tuple[pd.DataFrame, SuiteResult], case: int
) -> None:
    frame, suite = tampered
    three = frame.iloc[3 * case : 3 * case + 3]
    names = list(three["record_key"].fillna("message_id " + three["message_id"]))

    broken = {e.expectation: sorted(i for i in e.unexpected_ids if i in names) for e in suite.expectations}

    assert {sentence: named for sentence, named in broken.items() if named} == {
        sentence: sorted(names[row] for row in rows) for sentence, rows in CASES[case][2].items()
    }


def test_clients_as_they_must_be_break_nothing(records: pd.DataFrame, ledger: pd.DataFrame, counts: Counts) -> None:
    suite = validate_run(records, ledger, counts).suites[0]

    assert suite.success
    assert all(e.success and e.unexpected == 0 for e in suite.expectations)


def test_a_rate_below_zero_is_found_in_a_column_of_integers_and_any_rate_in_one_of_floats(
    records: pd.DataFrame, ledger: pd.DataFrame, counts: Counts
) -> None:
    below, floats = records.copy(), records.copy()
    below.loc[1, "billing.rate_minor"] = -1
    floats["billing.rate_minor"] = floats["billing.rate_minor"].astype("float64")

    named = [
        {e.expectation: e.unexpected_ids for _, e in validate_run(f, ledger, counts).failures} for f in (below, floats)
    ]

    assert str(below["billing.rate_minor"].dtype) == "Int64"
    assert named == [{MINOR: ("cl_1",)}, {MINOR: ("cl_0", "cl_1", "cl_2")}]


def test_every_expectation_has_a_case_in_which_it_breaks(tampered: tuple[pd.DataFrame, SuiteResult]) -> None:
    assert {e.expectation for e in tampered[1].expectations} == {s for _, _, broken in CASES for s in broken}


# --- another contract, whose amounts are decimals ---------------------------------------------------------------------

ORDERS = load_contract(f"{Path(__file__).parents[3] / 'examples' / 'order_created' / 'contract.py'}:contract")


def an_order(number: int, **fields: object) -> Record:
    order_no = f"A-{number}"
    return Record(
        record_key=order_no,
        fields={"buyer": "Buyer 1", "total": "129.90", "currency": "EUR", **fields},
        identity=ORDERS.identity.derive(order_no, KEY),
        recovery=Recovery("run-7", f"m{number}", NOW, NOW, Origin.REGENERATED),
    )


def test_the_suite_is_made_from_the_contract_and_speaks_its_words() -> None:
    orders = [
        an_order(0),
        an_order(1, total=129.9),
        an_order(2, total=Decimal128("129.90")),
        an_order(3, total="129,90"),
        an_order(4, total=None),
        an_order(5, currency="euro"),
        an_order(6, buyer=""),
        replace(an_order(7), identity="trk_" + "0" * 26),
    ]
    entries = [
        replace(an_entry(n, Outcome.RECOVERED, Cause.MISSING_ID, order.record_key), contract=ORDERS.name)
        for n, order in enumerate(orders)
    ]

    frames = GreatExpectationsValidator().run_frames(orders, entries, ORDERS, KEY)
    result = frames.validate(Counts(received=8, recovered=8), None, "run-7")

    assert [suite.suite for suite in result.suites] == ["records", "ledger"]
    assert {e.expectation: (e.severity, e.unexpected_ids) for _, e in result.failures} == {
        "Every order's total is a decimal number as text, such as 129.90.": ("critical", ("A-1", "A-2", "A-3")),
        "Every order's total is there.": ("critical", ("A-4",)),
        "Every order's currency is an ISO 4217 code.": ("critical", ("A-5",)),
        "Every order's buyer is there.": ("warning", ("A-6",)),
        "Every order token has the right form.": ("critical", ("A-7",)),
        "Every regenerated order token is the one that its order's key gives.": ("critical", ("A-7",)),
    }
    assert "The order of every recovered message has its order token." in {
        e.expectation for e in result.suites[1].expectations
    }
