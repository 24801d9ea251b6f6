"""A small run to tamper with, in which everything is as it must be."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from expectations.frames import ledger_frame, records_frame
from expectations.validation import ExpectationFrames
from reclaim.model.fingerprint import text_sha256
from reclaim.model.ledger import LedgerEntry
from reclaim.model.outcome import Cause, Counts, Outcome
from reclaim.model.record import Origin, Record, Recovery
from reclaim.model.validation import ValidationResult
from tests.builders import CONTRACT

KEY = b"a key that no page may ever show"
RUN = "run-7"
NOW = datetime(2026, 11, 20, 8, 15, 30, tzinfo=UTC)
BODY = '{"a body": "<b>never shown</b>"}'


def validate_run(
    records: pd.DataFrame, ledger: pd.DataFrame, counts: Counts, docs_folder: Path | None = None, run_id: str = RUN
) -> ValidationResult:
    return ExpectationFrames(records, ledger, CONTRACT).validate(counts, docs_folder, run_id)


def a_record(number: int, origin: Origin = Origin.REGENERATED) -> Record:
    record_key = f"cl_{number}"
    derived_with = KEY if origin is Origin.REGENERATED else b"another key, of the client service"
    return Record(
        record_key=record_key,
        fields={
            "name": f"Client {number}",
            "country": "US",
            "billing": {"model": "cpa", "rate_minor": 1250, "currency": "USD"},
        },
        identity=CONTRACT.identity.derive(record_key, derived_with),
        recovery=Recovery(RUN, f"m{number}", NOW, NOW, origin),
    )


def an_entry(number: int, outcome: Outcome, cause: Cause, record_key: str | None = None) -> LedgerEntry:
    final = {"settled": NOW, "deleted": NOW} if outcome.is_final else {"deferred": NOW}
    return LedgerEntry(
        message_id=f"m{number}",
        run_id=RUN,
        delivery_id="d1",
        queue="clients-dlq",
        contract=CONTRACT.name,
        body=BODY,
        body_sha256=text_sha256(BODY),
        receive_count=1,
        attempts=1,
        outcome=outcome,
        cause=cause,
        record_key=record_key,
        steps={"recorded": NOW, **final},
    )


def a_run(times: int) -> tuple[list[Record], list[LedgerEntry]]:
    """Six messages: two regenerated, one carried, a duplicate, one quarantined, one deferred; `times` over."""
    records, entries = [], []
    for n in range(0, 6 * times, 6):
        records += [a_record(n), a_record(n + 1), a_record(n + 2, Origin.CARRIED)]
        entries += [
            an_entry(n, Outcome.RECOVERED, Cause.MISSING_ID, f"cl_{n}"),
            an_entry(n + 1, Outcome.RECOVERED, Cause.MISSING_ID, f"cl_{n + 1}"),
            an_entry(n + 2, Outcome.RECOVERED, Cause.CARRIED_ID, f"cl_{n + 2}"),
            an_entry(n + 3, Outcome.DUPLICATE, Cause.ALREADY_RECOVERED, f"cl_{n}"),
            an_entry(n + 4, Outcome.QUARANTINED, Cause.MALFORMED_JSON, f"cl_{n + 4}"),
            an_entry(n + 5, Outcome.DEFERRED, Cause.STORE_UNAVAILABLE),
        ]
    return records, entries


@pytest.fixture(scope="session")
def frames_of() -> Callable[[int], tuple[pd.DataFrame, pd.DataFrame]]:
    """The frames of a run of so many times six messages: records, ledger."""

    def frames(times: int) -> tuple[pd.DataFrame, pd.DataFrame]:
        records, entries = a_run(times)
        return records_frame(records, CONTRACT, KEY), ledger_frame(entries, {one.record_key: one for one in records})

    return frames


@pytest.fixture
def records() -> pd.DataFrame:
    return records_frame(a_run(1)[0], CONTRACT, KEY)


@pytest.fixture
def ledger() -> pd.DataFrame:
    records, entries = a_run(1)
    return ledger_frame(entries, {record.record_key: record for record in records})


@pytest.fixture
def counts() -> Counts:
    return Counts(received=6, recovered=3, duplicate=1, quarantined=1, deferred=1)


@pytest.fixture(scope="session")
def tamper() -> Callable[[pd.DataFrame, str, dict[int, object]], None]:
    """Put other values into a column, by row; the column gives up its type where they do not fit it."""

    def put(frame: pd.DataFrame, column: str, values: dict[int, object]) -> None:
        changed = frame[column].astype("object")
        for row, value in values.items():
            changed[row] = value
        try:
            frame[column] = changed.astype(frame[column].dtype)
        except (TypeError, ValueError, OverflowError):
            frame[column] = changed

    return put
