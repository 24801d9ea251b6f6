"""`messages.csv` and `messages.parquet`: one row per message, written side by side as entries go by. Never a body."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, TextIO

import pyarrow as pa
import pyarrow.parquet as pq

from reclaim.files import arriving
from reclaim.model.fingerprint import document_sha256
from reclaim.model.ledger import LedgerEntry
from reclaim.model.outcome import Outcome
from reclaim.model.record import Record
from reclaim.reports.spreadsheet import cell

MESSAGES_CSV: Final = "messages.csv"
MESSAGES_PARQUET: Final = "messages.parquet"

CHUNK_ROWS: Final = 5_000
"""Rows held in memory at once, and the length of a row group in Parquet."""

_TEXT: Final = pa.string()
_WHOLE: Final = pa.int64()
_MOMENT: Final = pa.timestamp("ms", tz="UTC")

MessageRow = dict[str, str | int | datetime | None]


@dataclass(frozen=True, slots=True)
class MessageColumn:
    """One column: its name, its type in Parquet, what it holds, and how it is read from an entry."""

    name: str
    type: pa.DataType
    holds: str
    read: Callable[[LedgerEntry], Any]


def _step(name: str, holds: str) -> MessageColumn:
    return MessageColumn(f"{name}_at", _MOMENT, f"{holds}, UTC", lambda entry: entry.steps.get(name))


def _field(name: str, kind: pa.DataType, holds: str) -> MessageColumn:
    return MessageColumn(name, kind, holds, lambda entry: getattr(entry, name))


def _given(name: str, holds: str, kind: pa.DataType = _TEXT) -> MessageColumn:
    """A column that no entry knows; `MessageRows` fills it."""
    return MessageColumn(name, kind, holds, lambda _: None)


def _before(entry: LedgerEntry) -> dict[str, Any] | None:
    """The record's document before this message changed it."""
    return entry.before if entry.outcome is Outcome.RECOVERED else None


def _sha_before(entry: LedgerEntry) -> str | None:
    before = _before(entry)
    return document_sha256(before) if before is not None else None


def _body_bytes(entry: LedgerEntry) -> int:
    return len(entry.body.encode("utf-8", "surrogatepass"))


COLUMNS: Final = (
    _field("message_id", _TEXT, "the message's ID in SQS"),
    _field("outcome", _TEXT, "recovered, duplicate, quarantined or deferred; empty where the run died before"),
    _field("cause", _TEXT, "why, as a stable code"),
    _field("detail", _TEXT, "what exactly was wrong, without any of the body's values"),
    _field("record_key", _TEXT, "the record that the message names"),
    _given("identity_before", "the identity that the record held before: an existing one is never replaced"),
    _given("identity", "the identity that the record holds, where it was looked up"),
    _field("event_id", _TEXT, "the event's own ID"),
    _field("envelope", _TEXT, "the kind of envelope the event came in; raw for none"),
    _field("occurred_at", _MOMENT, "when the event happened, UTC"),
    _step("sent", "when the producer sent the message"),
    _step("received", "when it was received"),
    _step("recorded", "when it was in the ledger"),
    _step("decided", "when its batch was decided"),
    _step("written", "when its batch was written and read back"),
    _step("settled", "when its outcome was in the ledger"),
    _step("deleted", "when SQS confirmed the deletion"),
    _given("deadline_at", "when SQS would have dropped it, see `reclaim.exposure.retention`, UTC", _MOMENT),
    _field("receive_count", _WHOLE, "how often SQS had delivered it"),
    _field("attempts", _WHOLE, "how many deliveries the ledger recorded"),
    _field("body_sha256", _TEXT, "SHA-256 of the body's UTF-8 bytes, hexadecimal"),
    MessageColumn("body_bytes", _WHOLE, "length of the body in UTF-8 bytes", _body_bytes),
    _field("rate_minor", _WHOLE, "the amount that the event states, in minor units of the currency"),
    _field("currency", _TEXT, "ISO 4217 code"),
    _field("run_id", _TEXT, "the run that settled it, or the last that recorded it"),
    _field("queue", _TEXT, "the dead-letter queue it was in"),
    MessageColumn(
        "before_sha256", _TEXT, "SHA-256 of the record's document before; empty where there was none", _sha_before
    ),
    _given("after_sha256", "SHA-256 of the record's document as it was read back after this message was written"),
    _given("operator", "who ran it"),
    _given("approver", "who else agreed to it; empty where nobody had to"),
    _given("reason", "why it was run"),
    _given("code_version", "what code ran"),
)
"""The columns, in their order."""

SCHEMA: Final = pa.schema(
    [pa.field(column.name, column.type, metadata={"description": column.holds}) for column in COLUMNS]
)
"""The schema of `messages.parquet`: raw values; times in UTC with milliseconds; whole numbers of 64 bits."""

_NAMES: Final = [column.name for column in COLUMNS]


@dataclass(frozen=True, slots=True)
class Provenance:
    """Who answers for all the rows of a run: the same cells in each."""

    operator: str = ""
    approver: str = ""
    reason: str = ""
    code_version: str = ""


@dataclass(frozen=True, slots=True)
class RecoveredRecords:
    """What rows say of the records that a run recovered.

    Attributes:
        identities: the identity that each record holds, by its key.
        fingerprints: SHA-256 of the record's document as it was read back, by the message that it was written for.
    """

    identities: Mapping[str, str | None] = field(default_factory=dict)
    fingerprints: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, records: Iterable[Record]) -> RecoveredRecords:
        """What is to be said of `records`."""
        identities: dict[str, str | None] = {}
        fingerprints: dict[str, str] = {}
        for record in records:
            identities[record.record_key] = record.identity
            if record.recovery and record.document:
                fingerprints[record.recovery.message_id] = document_sha256(record.document)
        return cls(identities, fingerprints)


@dataclass(frozen=True, slots=True)
class MessageRows:
    """Makes the rows of a run.

    Attributes:
        identity_field: the field of a record's document that holds its identity.
        retention: of the queue; None leaves `deadline_at` empty.
    """

    identity_field: str = ""
    recovered: RecoveredRecords = RecoveredRecords()
    provenance: Provenance = Provenance()
    retention: timedelta | None = None

    def row(self, entry: LedgerEntry) -> MessageRow:
        """The row of one entry, with the names of `COLUMNS`."""
        row: MessageRow = {column.name: column.read(entry) for column in COLUMNS}
        row |= asdict(self.provenance)
        row["identity_before"] = (_before(entry) or {}).get(self.identity_field) or None
        row["identity"] = self.recovered.identities.get(entry.record_key or "")
        row["after_sha256"] = self.recovered.fingerprints.get(entry.message_id)
        if self.retention is not None and "sent" in entry.steps:
            row["deadline_at"] = entry.steps["sent"] + self.retention
        return row


class MessageRowWriter:
    """Writes rows into both files, a chunk at a time; `message_files` makes one."""

    def __init__(self, sheet: TextIO, parquet: pq.ParquetWriter, rows: MessageRows, chunk: int) -> None:
        self._sheet = csv.writer(sheet)
        self._sheet.writerow(_NAMES)
        self._parquet = parquet
        self._rows = rows
        self._chunk = chunk
        self._waiting: list[MessageRow] = []

    def add(self, entry: LedgerEntry) -> None:
        """Write the row of one entry."""
        self._waiting.append(self._rows.row(entry))
        if len(self._waiting) >= self._chunk:
            self.flush()

    def flush(self) -> None:
        """Write what waits for its chunk to be full."""
        if self._waiting:
            self._sheet.writerows([cell(row[name]) for name in _NAMES] for row in self._waiting)
            self._parquet.write_table(_as_arrow(self._waiting))
            self._waiting.clear()


@contextmanager
def message_files(folder: Path, rows: MessageRows, chunk: int = CHUNK_ROWS) -> Iterator[MessageRowWriter]:
    """Both files in `folder`, which is made where it is missing: whole when the block ends, not there if it raises.

    The CSV is UTF-8 with a header and CRLF line ends (RFC 4180); the Parquet file has `SCHEMA`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (
        arriving(folder / MESSAGES_CSV) as csv_path,
        arriving(folder / MESSAGES_PARQUET) as parquet_path,
        csv_path.open("w", encoding="utf-8", newline="") as sheet,
        pq.ParquetWriter(parquet_path, SCHEMA, compression="zstd") as parquet,
    ):
        writer = MessageRowWriter(sheet, parquet, rows, chunk)
        yield writer
        writer.flush()


def _as_arrow(rows: list[MessageRow]) -> pa.Table:
    return pa.Table.from_arrays(
        [pa.array([_raw(row[field.name]) for row in rows], field.type) for field in SCHEMA], schema=SCHEMA
    )


def _raw(value: object) -> object:
    """The value itself; text as far as UTF-8 can hold it, which a lone surrogate cannot."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value
