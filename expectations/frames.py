"""The two tables that are validated: the recovered records, and the ledger of the run.

Both are built from what MongoDB returns, never from what the run remembers. Message bodies stay out of them: only
their fingerprints go in, so that nothing of a body can reach a page or a log.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd

from reclaim.contracts.contract import Contract, DocumentField, value_at
from reclaim.model.fingerprint import text_sha256
from reclaim.model.ledger import LedgerEntry
from reclaim.model.record import Origin, Record
from reclaim.text.money import MAX_MINOR

_OWN_COLUMNS: Final = frozenset(
    {"record_key", "identity", "derived_identity", "origin", "message_id", "run_id", "recovered_at"}
)


def column_of(field: DocumentField) -> str:
    """The column of `records_frame` that holds a field of the document: its dotted path, unless that is taken."""
    return f"document.{field.path}" if field.path in _OWN_COLUMNS else field.path


def records_frame(records: Iterable[Record], contract: Contract, key: bytes | None) -> pd.DataFrame:
    """One row per record.

    The key is used up here: what leaves is `derived_identity`, which a regenerated identity must equal. So the key is
    in no expectation, and in nothing that an expectation is written to.

    Args:
        records: records as MongoDB holds them.
        contract: theirs.
        key: the tracking key; None leaves `derived_identity` empty, and a regenerated identity then fails.

    Returns:
        str columns (missing or blank: NaN): record_key, identity, derived_identity (of regenerated records only),
        origin (regenerated or carried), message_id, run_id.
        datetime64[ms, UTC]: recovered_at.
        A column for each field of the document (see `column_of`). Of the kind minor_units Int64; object, its values as
        they are, where one is no 64-bit integer. Of the kinds moment and any object. Otherwise str; a value that is no
        text is shown with its type, which no form allows.
    """
    rows = list(records)
    recoveries = [one.recovery for one in rows]
    columns = {
        "record_key": _text([one.record_key for one in rows]),
        **{
            column_of(field): _document_column([value_at(one.fields, field.path) for one in rows], field.kind.name)
            for field in contract.document_fields
        },
        "identity": _text([one.identity for one in rows]),
        "derived_identity": _text([_derived(one, contract, key) for one in rows]),
        "origin": _text([one.origin.value if one else None for one in recoveries]),
        "message_id": _text([one.message_id if one else None for one in recoveries]),
        "run_id": _text([one.run_id if one else None for one in recoveries]),
        "recovered_at": _moments([one.recovered_at if one else None for one in recoveries]),
    }
    return pd.DataFrame(columns)


def ledger_frame(entries: Iterable[LedgerEntry], records: Mapping[str, Record]) -> pd.DataFrame:
    """One row per message that the run settled or deferred.

    Args:
        entries: the run's ledger entries as MongoDB holds them.
        records: by key, the records that MongoDB holds; those of recovered messages must be among them.

    Returns:
        str columns (missing or blank: NaN): message_id, outcome, cause, record_key, run_id, body_sha256 (as it was
        recorded), body_sha256_now (of the body as it is kept), record_identity, record_message_id (the message that
        the record says it was recovered from).
        bool: record_exists.
        datetime64[ms, UTC]: settled_at, deferred_at, deleted_at.
    """
    lines = [_line(entry) for entry in entries]
    owners = [records.get(line.record_key) if line.record_key else None for line in lines]
    return pd.DataFrame(
        {
            "message_id": _text([line.message_id for line in lines]),
            "outcome": _text([line.outcome for line in lines]),
            "cause": _text([line.cause for line in lines]),
            "record_key": _text([line.record_key for line in lines]),
            "run_id": _text([line.run_id for line in lines]),
            "body_sha256": _text([line.body_sha256 for line in lines]),
            "body_sha256_now": _text([line.body_sha256_now for line in lines]),
            "record_exists": pd.Series([c is not None for c in owners], dtype="bool"),
            "record_identity": _text([c.identity if c else None for c in owners]),
            "record_message_id": _text([c.recovery.message_id if c and c.recovery else None for c in owners]),
            "settled_at": _moments([line.settled_at for line in lines]),
            "deferred_at": _moments([line.deferred_at for line in lines]),
            "deleted_at": _moments([line.deleted_at for line in lines]),
        }
    )


class _Line(NamedTuple):
    """What is kept of an entry, so that bodies can be let go while the entries are still streaming in."""

    message_id: str
    outcome: str | None
    cause: str | None
    record_key: str | None
    run_id: str
    body_sha256: str
    body_sha256_now: str
    settled_at: datetime | None
    deferred_at: datetime | None
    deleted_at: datetime | None


def _line(entry: LedgerEntry) -> _Line:
    return _Line(
        message_id=entry.message_id,
        outcome=entry.outcome,
        cause=entry.cause,
        record_key=entry.record_key,
        run_id=entry.run_id,
        body_sha256=entry.body_sha256,
        body_sha256_now=text_sha256(entry.body),
        settled_at=entry.steps.get("settled"),
        deferred_at=entry.steps.get("deferred"),
        deleted_at=entry.steps.get("deleted"),
    )


def _derived(record: Record, contract: Contract, key: bytes | None) -> str | None:
    if key is None or record.recovery is None or record.recovery.origin is not Origin.REGENERATED:
        return None
    return contract.identity.derive(record.record_key, key)


def _document_column(values: Sequence[Any], kind: str) -> pd.Series:
    if kind == "minor_units":
        return _integers(values)
    if kind in ("moment", "any"):
        return pd.Series(values, dtype="object")
    return _text([v if v is None or isinstance(v, str) else f"{v!s} ({type(v).__name__})" for v in values])


def _text(values: Sequence[str | None]) -> pd.Series:
    """Str; a blank is as good as nothing, so it counts as missing."""
    return pd.Series([None if v is None or not str(v).strip() else v for v in values], dtype="str")


def _integers(values: Sequence[Any]) -> pd.Series:
    """Int64; values that are not integers stay as they are, for an expectation to find, not for pandas to convert."""
    whole = all(v is None or (type(v) is int and abs(v) <= MAX_MINOR) for v in values)
    return pd.Series(values, dtype="Int64" if whole else "object")


def _moments(values: Sequence[datetime | None]) -> pd.Series:
    return pd.Series(np.array([_naive(v) for v in values], dtype="datetime64[ms]")).dt.tz_localize("UTC")


def _naive(moment: datetime | None) -> datetime | None:
    """NumPy knows no time zones: the moment in UTC, without saying so."""
    return moment and moment.astimezone(UTC).replace(tzinfo=None)
