from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pandas as pd
import pytest
from bson.decimal128 import Decimal128

from expectations.frames import column_of, ledger_frame, records_frame
from reclaim.model.fingerprint import text_sha256
from reclaim.model.ledger import LedgerEntry
from reclaim.model.outcome import Cause, Outcome
from reclaim.model.record import Origin, Record, Recovery
from tests.builders import CONTRACT

KEY = b"a key of more than thirty-two bytes"
NOW = datetime(2026, 11, 20, 8, 15, 30, 123000, tzinfo=UTC)
RECOVERY = Recovery("run-7", "m1", NOW, NOW, Origin.REGENERATED)
BILLING = {"model": "cpa", "rate_minor": 1250, "currency": "USD"}
RECORD = Record(
    record_key="cl_1",
    fields={"name": "Acme", "country": "US", "billing": BILLING},
    identity="trk_whatever",
    recovery=RECOVERY,
)
ENTRY = LedgerEntry(
    message_id="m1",
    run_id="run-7",
    delivery_id="d1",
    queue="clients-dlq",
    contract=CONTRACT.name,
    body="a body",
    body_sha256="as recorded",
    receive_count=1,
    attempts=1,
    outcome=Outcome.RECOVERED,
    cause=Cause.MISSING_ID,
    record_key="cl_1",
    steps={"settled": NOW, "deleted": NOW + timedelta(seconds=1)},
)
RECORD_TYPES = dict.fromkeys(
    [
        "record_key",
        "name",
        "country",
        "billing.model",
        "billing.currency",
        "identity",
        "derived_identity",
        "origin",
        "message_id",
        "run_id",
    ],
    "str",
) | {"billing.rate_minor": "Int64", "recovered_at": "datetime64[ms, UTC]"}
LEDGER_TYPES = (
    dict.fromkeys(
        [
            "message_id",
            "outcome",
            "cause",
            "record_key",
            "run_id",
            "body_sha256",
            "body_sha256_now",
            "record_identity",
            "record_message_id",
        ],
        "str",
    )
    | {"record_exists": "bool"}
    | dict.fromkeys(["settled_at", "deferred_at", "deleted_at"], "datetime64[ms, UTC]")
)


def types(frame: pd.DataFrame) -> dict[str, str]:
    return {str(name): str(dtype) for name, dtype in frame.dtypes.items()}


def with_fields(**fields: Any) -> Record:  # noqa: ANN401
    return replace(RECORD, fields={**RECORD.fields, **fields})


def rates(*values: object) -> list[object]:
    records = [with_fields(billing={**BILLING, "rate_minor": value}) for value in values]
    return list(records_frame(records, CONTRACT, KEY)["billing.rate_minor"])


def test_a_record_becomes_a_row_of_plain_values() -> None:
    row = records_frame([RECORD], CONTRACT, KEY).iloc[0]

    assert (row["record_key"], row["name"], row["country"]) == ("cl_1", "Acme", "US")
    assert (row["billing.model"], row["billing.rate_minor"], row["billing.currency"]) == ("cpa", 1250, "USD")
    assert (row["message_id"], row["run_id"], row["origin"]) == ("m1", "run-7", "regenerated")
    assert row["recovered_at"] == pd.Timestamp(NOW)


def test_columns_keep_their_types_whether_there_are_rows_or_not() -> None:
    assert types(records_frame([RECORD], CONTRACT, KEY)) == types(records_frame([], CONTRACT, KEY)) == RECORD_TYPES
    assert types(ledger_frame([ENTRY], {})) == types(ledger_frame([], {})) == LEDGER_TYPES


def test_the_derivation_stands_beside_a_regenerated_identity_only() -> None:
    carried = replace(RECORD, record_key="cl_2", recovery=replace(RECOVERY, origin=Origin.CARRIED))
    found = replace(RECORD, record_key="cl_3", recovery=None)

    derived = records_frame([RECORD, carried, found], CONTRACT, KEY)["derived_identity"]

    assert derived[0] == CONTRACT.identity.derive("cl_1", KEY)
    assert derived[1:].isna().all()


def test_without_a_key_nothing_is_derived() -> None:
    assert records_frame([RECORD], CONTRACT, None)["derived_identity"].isna().all()


def test_the_key_is_in_no_cell() -> None:
    assert KEY.decode() not in records_frame([RECORD], CONTRACT, KEY).to_csv()


@pytest.mark.parametrize("billing", [None, "cpa", {}, []])
def test_what_is_blank_or_not_there_is_missing(billing: object) -> None:
    bare = replace(with_fields(name=" ", billing=billing), identity=None, recovery=None)

    row = records_frame([bare], CONTRACT, KEY).iloc[0]

    assert row.isna().to_dict() == {name: name not in {"record_key", "country"} for name in RECORD_TYPES}


def test_a_rate_that_is_no_integer_is_left_for_an_expectation_to_find() -> None:
    assert rates(1250, 12.5) == [1250, 12.5]


def test_a_rate_beyond_64_bits_is_left_as_it_is_too() -> None:
    assert rates(2**70) == [2**70]


def test_the_largest_rate_survives_to_the_unit() -> None:
    assert rates(2**63 - 1, None)[0] == 2**63 - 1


@pytest.mark.parametrize(
    ("value", "shown"), [(7, "7 (int)"), (1.5, "1.5 (float)"), (Decimal128("1.50"), "1.50 (Decimal128)")]
)
def test_what_should_be_text_and_is_not_is_shown_with_its_type(value: object, shown: str) -> None:
    assert records_frame([with_fields(country=value)], CONTRACT, KEY)["country"][0] == shown


def test_a_field_called_like_one_of_our_own_columns_takes_none_of_them() -> None:
    contract = replace(CONTRACT, document={"origin": "client.country"}, must_agree=())
    record = replace(RECORD, fields={"origin": "US"})

    frame = records_frame([record], contract, KEY)

    assert column_of(contract.document_fields[0]) == "document.origin"
    assert (frame["document.origin"][0], frame["origin"][0]) == ("US", "regenerated")


def test_moments_are_brought_to_utc() -> None:
    there = datetime(2026, 11, 20, 9, 15, 30, tzinfo=timezone(timedelta(hours=1)))
    record = replace(RECORD, recovery=replace(RECOVERY, recovered_at=there))

    assert records_frame([record], CONTRACT, KEY)["recovered_at"][0] == pd.Timestamp("2026-11-20T08:15:30Z")


def test_an_entry_is_set_beside_the_record_that_mongodb_holds() -> None:
    row = ledger_frame([ENTRY], {"cl_1": RECORD}).iloc[0]

    assert (row["outcome"], row["cause"]) == ("recovered", "missing_id")
    assert row["record_exists"]
    assert (row["record_identity"], row["record_message_id"]) == ("trk_whatever", "m1")
    assert row["deleted_at"] - row["settled_at"] == timedelta(seconds=1)
    assert pd.isna(row["deferred_at"])


def test_an_entry_without_a_record_or_an_outcome_is_a_row_all_the_same() -> None:
    row = ledger_frame([replace(ENTRY, outcome=None, cause=None, record_key=None, steps={})], {}).iloc[0]

    assert not row["record_exists"]
    assert row[["outcome", "cause", "record_key", "record_identity", "settled_at"]].isna().all()


def test_the_body_is_fingerprinted_again_and_left_out() -> None:
    frame = ledger_frame([ENTRY], {})

    assert frame["body_sha256"][0] == "as recorded"
    assert frame["body_sha256_now"][0] == text_sha256("a body")
    assert "a body" not in frame.to_csv()
