from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pandas as pd

from expectations.frames import ledger_frame, records_frame
from reclaim.model.identity import derive_identity
from reclaim.model.ledger import LedgerEntry
from reclaim.model.outcome import Cause, Outcome
from reclaim.model.record import Billing, Origin, Record, Recovery

KEY = b"a key of more than thirty-two bytes"
NOW = datetime(2026, 11, 20, 8, 15, 30, 123000, tzinfo=UTC)
RECOVERY = Recovery("run-7", "m1", NOW, NOW, Origin.REGENERATED)
CLIENT = Record(
    record_key="cl_1",
    name="Acme",
    country="US",
    billing=Billing("cpa", 1250, "USD"),
    identity="trk_whatever",
    recovery=RECOVERY,
)
ENTRY = LedgerEntry(
    message_id="m1",
    run_id="run-7",
    delivery_id="d1",
    queue="clients-dlq",
    body="a body",
    body_sha256="as recorded",
    receive_count=1,
    attempts=1,
    outcome=Outcome.RECOVERED,
    cause=Cause.MISSING_ID,
    record_key="cl_1",
    steps={"settled": NOW, "deleted": NOW + timedelta(seconds=1)},
)
CLIENT_TYPES = dict.fromkeys(
    [
        "client_id",
        "name",
        "country",
        "model",
        "currency",
        "tracking_id",
        "derived_tracking_id",
        "origin",
        "message_id",
        "run_id",
    ],
    "str",
) | {"rate_minor": "Int64", "recovered_at": "datetime64[ms, UTC]"}
LEDGER_TYPES = (
    dict.fromkeys(
        [
            "message_id",
            "outcome",
            "cause",
            "client_id",
            "run_id",
            "body_sha256",
            "body_sha256_now",
            "client_tracking_id",
            "client_message_id",
        ],
        "str",
    )
    | {"client_exists": "bool"}
    | dict.fromkeys(["settled_at", "deferred_at", "deleted_at"], "datetime64[ms, UTC]")
)


def types(frame: pd.DataFrame) -> dict[str, str]:
    return {str(name): str(dtype) for name, dtype in frame.dtypes.items()}


def test_a_client_becomes_a_row_of_plain_values() -> None:
    row = records_frame([CLIENT], KEY).iloc[0]

    assert (row["client_id"], row["name"], row["country"]) == ("cl_1", "Acme", "US")
    assert (row["model"], row["rate_minor"], row["currency"]) == ("cpa", 1250, "USD")
    assert (row["message_id"], row["run_id"], row["origin"]) == ("m1", "run-7", "regenerated")
    assert row["recovered_at"] == pd.Timestamp(NOW)


def test_columns_keep_their_types_whether_there_are_rows_or_not() -> None:
    assert types(records_frame([CLIENT], KEY)) == types(records_frame([], KEY)) == CLIENT_TYPES
    assert types(ledger_frame([ENTRY], {})) == types(ledger_frame([], {})) == LEDGER_TYPES


def test_the_derivation_stands_beside_a_regenerated_tracking_id_only() -> None:
    carried = replace(CLIENT, record_key="cl_2", recovery=replace(RECOVERY, origin=Origin.CARRIED))
    found = replace(CLIENT, record_key="cl_3", recovery=None)

    derived = records_frame([CLIENT, carried, found], KEY)["derived_tracking_id"]

    assert derived[0] == derive_identity("cl_1", KEY)
    assert derived[1:].isna().all()


def test_without_a_key_nothing_is_derived() -> None:
    assert records_frame([CLIENT], None)["derived_tracking_id"].isna().all()


def test_the_key_is_in_no_cell() -> None:
    assert KEY.decode() not in records_frame([CLIENT], KEY).to_csv()


def test_what_is_blank_or_not_there_is_missing() -> None:
    bare = replace(CLIENT, name=" ", identity=None, billing=None, recovery=None)

    row = records_frame([bare], KEY).iloc[0]

    assert row.isna().to_dict() == {name: name not in {"client_id", "country"} for name in CLIENT_TYPES}


def test_a_rate_that_is_no_integer_is_left_for_an_expectation_to_find() -> None:
    odd = replace(CLIENT, billing=Billing("cpa", 12.5, "USD"))  # type: ignore[arg-type]

    assert list(records_frame([CLIENT, odd], KEY)["rate_minor"]) == [1250, 12.5]


def test_a_rate_beyond_64_bits_is_left_as_it_is_too() -> None:
    huge = replace(CLIENT, billing=Billing("cpa", 2**70, "USD"))

    assert list(records_frame([huge], KEY)["rate_minor"]) == [2**70]


def test_the_largest_rate_survives_to_the_unit() -> None:
    rates = [2**63 - 1, None]
    records = [replace(CLIENT, billing=Billing("cpa", rate, "USD") if rate else None) for rate in rates]

    assert records_frame(records, KEY)["rate_minor"][0] == 2**63 - 1


def test_moments_are_brought_to_utc() -> None:
    there = datetime(2026, 11, 20, 9, 15, 30, tzinfo=timezone(timedelta(hours=1)))
    record = replace(CLIENT, recovery=replace(RECOVERY, recovered_at=there))

    assert records_frame([record], KEY)["recovered_at"][0] == pd.Timestamp("2026-11-20T08:15:30Z")


def test_an_entry_is_set_beside_the_client_that_mongodb_holds() -> None:
    row = ledger_frame([ENTRY], {"cl_1": CLIENT}).iloc[0]

    assert (row["outcome"], row["cause"]) == ("recovered", "missing_id")
    assert row["client_exists"]
    assert (row["client_tracking_id"], row["client_message_id"]) == ("trk_whatever", "m1")
    assert row["deleted_at"] - row["settled_at"] == timedelta(seconds=1)
    assert pd.isna(row["deferred_at"])


def test_an_entry_without_a_client_or_an_outcome_is_a_row_all_the_same() -> None:
    row = ledger_frame([replace(ENTRY, outcome=None, cause=None, record_key=None, steps={})], {}).iloc[0]

    assert not row["client_exists"]
    assert row[["outcome", "cause", "client_id", "client_tracking_id", "settled_at"]].isna().all()


def test_the_body_is_fingerprinted_again_and_left_out() -> None:
    frame = ledger_frame([ENTRY], {})

    assert frame["body_sha256"][0] == "as recorded"
    assert frame["body_sha256_now"][0] == hashlib.sha256(b"a body").hexdigest()
    assert "a body" not in frame.to_csv()
