import csv
import tracemalloc
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reclaim.model.fingerprint import document_sha256
from reclaim.model.ledger import LedgerEntry
from reclaim.model.outcome import Cause, Outcome
from reclaim.reports.message_files import COLUMNS, MessageRows, Provenance, RecoveredRecords, message_files
from reclaim.reports.spreadsheet import cell
from tests.builders import CONTRACT, a_record, a_recovery, derived

NAMES = [
    "message_id",
    "outcome",
    "cause",
    "detail",
    "record_key",
    "identity_before",
    "identity",
    "event_id",
    "envelope",
    "occurred_at",
    "sent_at",
    "received_at",
    "recorded_at",
    "decided_at",
    "written_at",
    "settled_at",
    "deleted_at",
    "deadline_at",
    "receive_count",
    "attempts",
    "body_sha256",
    "body_bytes",
    "rate_minor",
    "currency",
    "run_id",
    "queue",
    "before_sha256",
    "after_sha256",
    "operator",
    "approver",
    "reason",
    "code_version",
]


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., tuple[list[dict[str, str]], pa.Table]]:
    """Writes entries, then reads both files back: the CSV as dictionaries, the Parquet as a table."""

    def write(
        entries: Iterable[LedgerEntry],
        chunk: int = 2,
        **known: Any,  # noqa: ANN401
    ) -> tuple[list[dict[str, str]], pa.Table]:
        with message_files(tmp_path, MessageRows(CONTRACT.identity_field, **known), chunk) as files:
            for entry in entries:
                files.add(entry)
        with (tmp_path / "messages.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file)), pq.read_table(tmp_path / "messages.parquet")

    return write


def test_both_files_have_the_columns_in_their_order(
    written: Callable[..., tuple[list[dict[str, str]], pa.Table]], entry: Callable[..., LedgerEntry]
) -> None:
    sheet, table = written([entry()])

    assert [column.name for column in COLUMNS] == NAMES
    assert list(sheet[0]) == NAMES
    assert table.column_names == NAMES


def test_every_message_is_a_row_across_chunks(
    written: Callable[..., tuple[list[dict[str, str]], pa.Table]], entry: Callable[..., LedgerEntry]
) -> None:
    sheet, table = written(entry(f"m-{n}") for n in range(5))

    assert [row["message_id"] for row in sheet] == [f"m-{n}" for n in range(5)]
    assert table["message_id"].to_pylist() == [f"m-{n}" for n in range(5)]


def test_no_messages_leave_a_header_and_a_schema(written: Callable[..., tuple[list[dict[str, str]], pa.Table]]) -> None:
    sheet, table = written([])

    assert sheet == []
    assert table.num_rows == 0
    assert table.column_names == NAMES


def test_parquet_has_whole_numbers_and_times_in_utc(
    written: Callable[..., tuple[list[dict[str, str]], pa.Table]], entry: Callable[..., LedgerEntry]
) -> None:
    _, table = written([entry()])

    assert table.schema.field("rate_minor").type == pa.int64()
    assert table.schema.field("body_bytes").type == pa.int64()
    assert table.schema.field("settled_at").type == pa.timestamp("ms", tz="UTC")
    assert table["settled_at"][0].as_py() == datetime(2026, 11, 20, 8, 15, 31, 234000, tzinfo=UTC)
    assert table["deleted_at"][0].as_py() is None
    assert table["body_bytes"][0].as_py() == len('{"secret": "body"}')


def test_each_column_says_what_it_holds(
    written: Callable[..., tuple[list[dict[str, str]], pa.Table]], entry: Callable[..., LedgerEntry]
) -> None:
    _, table = written([entry()])

    assert all(table.schema.field(name).metadata[b"description"] for name in NAMES)


def test_the_body_is_in_neither_file(
    written: Callable[..., tuple[list[dict[str, str]], pa.Table]], entry: Callable[..., LedgerEntry], tmp_path: Path
) -> None:
    written([entry(body="the-body-itself")])

    assert b"the-body-itself" not in (tmp_path / "messages.csv").read_bytes()
    assert b"the-body-itself" not in (tmp_path / "messages.parquet").read_bytes()


def test_csv_defuses_formulas_and_parquet_keeps_them(
    written: Callable[..., tuple[list[dict[str, str]], pa.Table]], entry: Callable[..., LedgerEntry]
) -> None:
    hostile = '=HYPERLINK("http://evil","x")'
    sheet, table = written([entry("@SUM(1)", detail=hostile, event_id="+1")])

    assert (sheet[0]["message_id"], sheet[0]["detail"], sheet[0]["event_id"]) == (
        "'@SUM(1)",
        f"'{hostile}",
        "'+1",
    )
    assert table["detail"][0].as_py() == hostile


def test_numbers_are_bare_in_the_csv(
    written: Callable[..., tuple[list[dict[str, str]], pa.Table]], entry: Callable[..., LedgerEntry]
) -> None:
    sheet, _ = written([entry(rate_minor=0)])

    assert (sheet[0]["rate_minor"], sheet[0]["receive_count"]) == ("0", "2")


def test_an_unfinished_message_has_empty_cells(
    written: Callable[..., tuple[list[dict[str, str]], pa.Table]], entry: Callable[..., LedgerEntry]
) -> None:
    sheet, table = written([entry(outcome=None, cause=None, record_key=None, rate_minor=None)])

    assert (sheet[0]["outcome"], sheet[0]["record_key"], sheet[0]["rate_minor"]) == ("", "", "")
    assert table["rate_minor"][0].as_py() is None


def test_identities_are_looked_up_by_record(
    written: Callable[..., tuple[list[dict[str, str]], pa.Table]], entry: Callable[..., LedgerEntry]
) -> None:
    sheet, _ = written([entry("a"), entry("b", record_key="cl_2")], recovered=RecoveredRecords({"cl_1": "trk_x"}))

    assert [row["identity"] for row in sheet] == ["trk_x", ""]


def test_before_and_after_are_fingerprints_and_only_of_what_a_message_changed(
    written: Callable[..., tuple[list[dict[str, str]], pa.Table]], entry: Callable[..., LedgerEntry]
) -> None:
    before = {"_id": "cl_1", "tracking_id": None, "name": "secret name"}
    fingerprints = {"attached": "a" * 64, "created": "c" * 64}
    entries = [
        entry("attached", before=before),
        entry("created"),
        entry("duplicate", before=before, outcome=Outcome.DUPLICATE, cause=Cause.ALREADY_RECOVERED),
    ]

    sheet, _ = written(entries, recovered=RecoveredRecords(fingerprints=fingerprints))

    assert [row["before_sha256"] for row in sheet] == [document_sha256(before), "", ""]
    assert [row["after_sha256"] for row in sheet] == ["a" * 64, "c" * 64, ""]
    assert [row["identity_before"] for row in sheet] == ["", "", ""]


def test_the_identity_before_is_read_from_the_field_that_the_contract_names(
    written: Callable[..., tuple[list[dict[str, str]], pa.Table]], entry: Callable[..., LedgerEntry]
) -> None:
    sheet, _ = written([entry(before={"_id": "cl_1", CONTRACT.identity_field: "trk_x"})])

    assert sheet[0]["identity_before"] == "trk_x"


def test_what_rows_say_of_records_comes_from_the_records_as_they_were_read_back() -> None:
    document = {"_id": "cl_1", "name": "Acme"}
    read_back = a_record(recovery=a_recovery("m-1"), document=document)
    found = RecoveredRecords.of([read_back, a_record("cl_2", recovery=a_recovery("m-2"))])

    assert found.identities == {"cl_1": derived("cl_1"), "cl_2": derived("cl_2")}
    assert found.fingerprints == {"m-1": document_sha256(document)}


def test_every_row_says_who_answers_for_it(
    written: Callable[..., tuple[list[dict[str, str]], pa.Table]], entry: Callable[..., LedgerEntry]
) -> None:
    provenance = Provenance("maria", "=ann", "INC-4711", "0.1.0+abc")

    sheet, table = written([entry("a"), entry("b")], provenance=provenance)

    assert {(row["operator"], row["approver"], row["reason"], row["code_version"]) for row in sheet} == {
        ("maria", "'=ann", "INC-4711", "0.1.0+abc")
    }
    assert table["approver"].to_pylist() == ["=ann", "=ann"]


def test_a_lone_surrogate_stops_nothing(
    written: Callable[..., tuple[list[dict[str, str]], pa.Table]], entry: Callable[..., LedgerEntry]
) -> None:
    sheet, table = written([entry(detail="bad \ud800 text", body="\ud800")])

    assert sheet[0]["detail"] == "bad \ufffd text"
    assert table["detail"][0].as_py() == "bad ? text"
    assert table["body_bytes"][0].as_py() == 3


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(details=st.lists(st.text(), min_size=1, max_size=6))
def test_any_text_comes_back_as_it_was_but_for_apostrophes(
    written: Callable[..., tuple[list[dict[str, str]], pa.Table]], entry: Callable[..., LedgerEntry], details: list[str]
) -> None:
    sheet, table = written(entry(str(n), detail=detail) for n, detail in enumerate(details))

    assert [row["detail"] for row in sheet] == [cell(detail) for detail in details]
    assert table["detail"].to_pylist() == details


def test_memory_does_not_grow_with_the_messages(entry: Callable[..., LedgerEntry], tmp_path: Path) -> None:
    one = entry(outcome=Outcome.QUARANTINED, cause=Cause.MALFORMED_JSON, detail="x" * 100)

    def peak(count: int) -> int:
        tracemalloc.start()
        with message_files(tmp_path, MessageRows(), chunk=500) as files:
            for _ in range(count):
                files.add(one)
        reached = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return reached

    few, many = peak(1_000), peak(10_000)

    assert many < few * 1.5


def test_every_message_has_the_moment_at_which_sqs_would_drop_it(entry: Callable[..., LedgerEntry]) -> None:
    sent = datetime(2026, 11, 18, 8, 15, 30, tzinfo=UTC)
    known, unknown = entry("a", steps={"sent": sent}), entry("b", steps={})

    kept = MessageRows(retention=timedelta(days=4))

    assert [kept.row(one)["deadline_at"] for one in (known, unknown)] == [sent + timedelta(days=4), None]
    assert MessageRows().row(known)["deadline_at"] is None
