"""One row per message: the columns of `messages.csv` and `messages.parquet`. Never the body itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import pyarrow as pa

from reclaim.model.fingerprint import document_sha256
from reclaim.model.ledger import LedgerEntry
from reclaim.model.outcome import Outcome

Identities = Callable[[str], str | None]
"""From a client ID to the tracking ID that the client holds; ``dict.get`` is one."""

Written = Callable[[str], str | None]
"""From the ID of a message that was recovered to the SHA-256 of its client's document as it was read back."""

_TEXT: Final = pa.string()
_WHOLE: Final = pa.int64()
_MOMENT: Final = pa.timestamp("ms", tz="UTC")


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, its type in Parquet, and what it holds."""

    name: str
    type: pa.DataType
    holds: str
    read: Callable[[LedgerEntry], Any]


def _step(name: str, holds: str) -> Column:
    return Column(f"{name}_at", _MOMENT, f"{holds}, UTC", lambda entry: entry.steps.get(name))


def _field(name: str, kind: pa.DataType, holds: str) -> Column:
    return Column(name, kind, holds, lambda entry: getattr(entry, name))


def _given(name: str, holds: str) -> Column:
    """A column that no entry knows; `rows` fills it."""
    return Column(name, _TEXT, holds, lambda _: None)


def _before(entry: LedgerEntry) -> dict[str, Any] | None:
    """The client's document before this message changed it."""
    return entry.before if entry.outcome is Outcome.RECOVERED else None


def _id_before(entry: LedgerEntry) -> str | None:
    return (_before(entry) or {}).get("identity") or None


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
    _field("record_key", _TEXT, "the client the message names"),
    Column("identity_before", _TEXT, "the tracking ID it held before: an existing one is never replaced", _id_before),
    _given("identity", "the tracking ID that client holds, where it was looked up"),
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
    Column(
        "deadline_at", _MOMENT, "when SQS would have dropped it, see `reclaim.exposure.retention`, UTC", lambda _: None
    ),
    _field("receive_count", _WHOLE, "how often SQS had delivered it"),
    _field("attempts", _WHOLE, "how many deliveries the ledger recorded"),
    _field("body_sha256", _TEXT, "SHA-256 of the body's UTF-8 bytes, hexadecimal"),
    Column("body_bytes", _WHOLE, "length of the body in UTF-8 bytes", _body_bytes),
    _field("rate_minor", _WHOLE, "what one application is worth, in minor units of the currency"),
    _field("currency", _TEXT, "ISO 4217 code"),
    _field("run_id", _TEXT, "the run that settled it, or the last that recorded it"),
    _field("queue", _TEXT, "the dead-letter queue it was in"),
    Column("before_sha256", _TEXT, "SHA-256 of the client's document before; empty where there was none", _sha_before),
    _given("after_sha256", "SHA-256 of the client's document as it was read back after this message brought it"),
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

Row = dict[str, str | int | datetime | None]


@dataclass(frozen=True, slots=True)
class Provenance:
    """Who answers for all the rows of a run: the same cells in each."""

    operator: str = ""
    approver: str = ""
    reason: str = ""
    code_version: str = ""


NOBODY: Final = Provenance()


def rows(
    entries: Iterable[LedgerEntry],
    identities: Identities | None = None,
    written: Written | None = None,
    provenance: Provenance = NOBODY,
    retention: timedelta | None = None,
) -> Iterator[Row]:
    """One row per entry, in their order, with the keys of `COLUMNS`; a deadline where the `retention` is known."""
    same: Row = {**asdict(provenance)}
    for entry in entries:
        row: Row = {column.name: column.read(entry) for column in COLUMNS} | same
        if retention is not None and "sent" in entry.steps:
            row["deadline_at"] = entry.steps["sent"] + retention
        if written is not None:
            row["after_sha256"] = written(entry.message_id)
        if identities is not None and entry.record_key is not None:
            row["identity"] = identities(entry.record_key)
        yield row
