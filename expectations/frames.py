"""The two tables that are validated: the recovered clients, and the ledger of the run.

Both are built from what MongoDB hands back, never from what the run remembers. Message bodies stay out of
them: only their fingerprints go in, so that nothing of a body can reach a page or a log.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np
import pandas as pd

from reclaim.model.fingerprint import text_sha256
from reclaim.model.identity import derive_identity
from reclaim.model.ledger import LedgerEntry
from reclaim.model.record import Origin, Record
from reclaim.text.money import MAX_MINOR


def records_frame(records: Iterable[Record], key: bytes | None) -> pd.DataFrame:
    """One row per client.

    The key is used up here: what leaves is `derived_identity`, the ID that a regenerated one must equal.
    So the key is in no expectation, and in nothing that an expectation is written to.

    Args:
        clients: clients as MongoDB holds them.
        key: the tracking key; None leaves `derived_identity` empty, and a regenerated ID then fails.

    Returns:
        str columns (missing or blank: NaN): record_key, name, country, model, currency, identity,
        derived_identity (of regenerated clients only), origin (regenerated or carried), message_id, run_id.
        Int64: rate_minor, in minor units; object, its values as they are, where one is no 64-bit integer.
        datetime64[ms, UTC]: recovered_at.
    """
    rows = list(records)
    billings = [c.billing for c in rows]
    recoveries = [c.recovery for c in rows]
    return pd.DataFrame(
        {
            "record_key": _text([c.record_key for c in rows]),
            "name": _text([c.name for c in rows]),
            "country": _text([c.country for c in rows]),
            "model": _text([b.model if b else None for b in billings]),
            "rate_minor": _integers([b.rate_minor if b else None for b in billings]),
            "currency": _text([b.currency if b else None for b in billings]),
            "identity": _text([c.identity for c in rows]),
            "derived_identity": _text([_derived(c, key) for c in rows]),
            "origin": _text([r.origin.value if r else None for r in recoveries]),
            "message_id": _text([r.message_id if r else None for r in recoveries]),
            "run_id": _text([r.run_id if r else None for r in recoveries]),
            "recovered_at": _moments([r.recovered_at if r else None for r in recoveries]),
        }
    )


def ledger_frame(entries: Iterable[LedgerEntry], records: Mapping[str, Record]) -> pd.DataFrame:
    """One row per message that the run settled or deferred.

    Args:
        entries: the run's ledger entries as MongoDB holds them.
        clients: by client ID, the clients that MongoDB holds; those of recovered messages must be among them.

    Returns:
        str columns (missing or blank: NaN): message_id, outcome, cause, record_key, run_id, body_sha256 (as it was
        recorded), body_sha256_now (of the body as it is kept), record_identity, record_message_id (the
        message which that client says it was recovered from).
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


def _derived(record: Record, key: bytes | None) -> str | None:
    if key is None or record.recovery is None or record.recovery.origin is not Origin.REGENERATED:
        return None
    return derive_identity(record.record_key, key)


def _text(values: Sequence[str | None]) -> pd.Series:
    """Str; a blank is as good as nothing, so it counts as missing."""
    return pd.Series([None if v is None or not str(v).strip() else v for v in values], dtype="str")


def _integers(values: Sequence[int | None]) -> pd.Series:
    """Int64; values that are not integers stay as they are, for an expectation to find, not for pandas to mend."""
    whole = all(v is None or (type(v) is int and abs(v) <= MAX_MINOR) for v in values)
    return pd.Series(values, dtype="Int64" if whole else "object")


def _moments(values: Sequence[datetime | None]) -> pd.Series:
    return pd.Series(np.array([_naive(v) for v in values], dtype="datetime64[ms]")).dt.tz_localize("UTC")


def _naive(moment: datetime | None) -> datetime | None:
    """NumPy knows no time zones: the moment in UTC, without saying so."""
    return moment and moment.astimezone(UTC).replace(tzinfo=None)
