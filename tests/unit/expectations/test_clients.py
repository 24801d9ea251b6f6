"""What is true of every recovered client, each expectation broken once."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest

from expectations.validation import validate_run
from reclaim.outcomes import Counts
from reclaim.tracking import derive_tracking_id

Broken = dict[str, tuple[str, ...]]
Tamper = Callable[[pd.DataFrame, str, dict[int, object]], None]
Check = Callable[[], Broken]

WELL_FORMED = derive_tracking_id("cl_1", b"not the key that this run has used")
CARRIED = derive_tracking_id("cl_2", b"whatever the client service used")

EVERY_ID = "Every client has an ID."
ID_FORM = "Every client ID is 1 to 128 letters, digits, _ . : or -."
ID_UNIQUE = "No two clients share an ID."
NAME = "Every client has a name."
COUNTRY = "Every client's country is a two-letter code in capitals."
TRACKED = "Every recovered client has a tracking ID."
TRACKING_FORM = "Every tracking ID has the right form."
TRACKING_UNIQUE = "No two clients share a tracking ID."
DERIVED = "Every regenerated tracking ID is the one its client's ID and the key give."
MODEL = "Every client has a billing model."
RATE = "Every client has a rate."
MINOR = "Every rate is an integer from 0 up, in minor units of its currency."
CURRENCY = "Every rate has a currency."
ISO = "Every currency is an ISO 4217 code."
ZERO = "No client's rate is zero: it would be attributed, but never billed."
MESSAGE = "Every recovered client names the message that brought it."
ONE_CLIENT = "No message recovered two clients."
ORIGIN = "Every recovered client says whether its tracking ID was regenerated or carried."
RUN_NAMED = "Every recovered client names the run that wrote it."
WRITTEN = "Every recovered client says when it was written."

CASES = [
    ("client_id", {1: None}, {EVERY_ID: ("message_id m1",)}),
    ("client_id", {1: "cl 1"}, {ID_FORM: ("cl 1",)}),
    ("client_id", {1: "cl_1\n"}, {ID_FORM: ("cl_1\n",)}),
    ("client_id", {1: "cl_0"}, {ID_UNIQUE: ("cl_0", "cl_0")}),
    ("name", {1: None}, {NAME: ("cl_1",)}),
    ("country", {1: "usa"}, {COUNTRY: ("cl_1",)}),
    ("tracking_id", {1: None}, {TRACKED: ("cl_1",), DERIVED: ("cl_1",)}),
    ("tracking_id", {2: "trk_uuuu"}, {TRACKING_FORM: ("cl_2",)}),
    ("tracking_id", {1: CARRIED}, {TRACKING_UNIQUE: ("cl_1", "cl_2"), DERIVED: ("cl_1",)}),
    ("tracking_id", {1: WELL_FORMED}, {DERIVED: ("cl_1",)}),
    ("derived_tracking_id", {0: None, 1: None}, {DERIVED: ("cl_0", "cl_1")}),
    ("model", {1: None}, {MODEL: ("cl_1",)}),
    ("rate_minor", {1: None}, {RATE: ("cl_1",)}),
    ("rate_minor", {1: 12.5}, {MINOR: ("cl_1",)}),
    ("rate_minor", {0: 12.0, 2: "1250"}, {MINOR: ("cl_0", "cl_2")}),
    ("rate_minor", {1: -1}, {MINOR: ("cl_1",)}),
    ("rate_minor", {1: 2**63}, {MINOR: ("cl_1",)}),
    ("rate_minor", {1: 0}, {ZERO: ("cl_1",)}),
    ("currency", {1: None}, {CURRENCY: ("cl_1",)}),
    ("currency", {0: "usd", 1: "XYZ"}, {ISO: ("cl_0", "cl_1")}),
    ("message_id", {1: None}, {MESSAGE: ("cl_1",)}),
    ("message_id", {1: "m0"}, {ONE_CLIENT: ("cl_0", "cl_1")}),
    ("origin", {2: None}, {ORIGIN: ("cl_2",), DERIVED: ("cl_2",)}),
    ("run_id", {1: None}, {RUN_NAMED: ("cl_1",)}),
    ("recovered_at", {1: None}, {WRITTEN: ("cl_1",)}),
]


@pytest.mark.parametrize(("column", "values", "broken"), CASES, ids=lambda value: repr(value)[:40])
def test_a_client_that_is_not_as_it_must_be_is_named_by_what_it_breaks(
    clients: pd.DataFrame,
    tamper: Tamper,
    broken_clients: Check,
    column: str,
    values: dict[int, object],
    broken: Broken,
) -> None:
    tamper(clients, column, values)

    assert broken_clients() == broken


def test_clients_as_they_must_be_break_nothing(clients: pd.DataFrame, broken_clients: Check) -> None:
    assert len(clients) == 3
    assert broken_clients() == {}


def test_a_rate_column_of_floats_is_refused_even_where_the_floats_are_whole(
    clients: pd.DataFrame, broken_clients: Check
) -> None:
    clients["rate_minor"] = clients["rate_minor"].astype("float64")

    assert broken_clients() == {MINOR: ("cl_0", "cl_1", "cl_2")}


def test_every_expectation_has_a_case_in_which_it_breaks(
    clients: pd.DataFrame, ledger: pd.DataFrame, counts: Counts
) -> None:
    suite = validate_run(clients, ledger, counts, None, "run-7").suites[0]

    assert suite.suite == "clients"
    assert {e.expectation for e in suite.expectations} == {s for _, _, broken in CASES for s in broken}
