"""A small run to tamper with: three clients recovered, a duplicate, a quarantined and a deferred message."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from expectations.frames import clients_frame, ledger_frame
from expectations.quiet import quietly
from reclaim.clients import Billing, Client, Origin, Recovery
from reclaim.ledger import LedgerEntry
from reclaim.outcomes import Cause, Counts, Outcome
from reclaim.tracking import derive_tracking_id

if TYPE_CHECKING:
    from expectations.engine import Check

Broken = dict[str, tuple[str, ...]]

KEY = b"a key that no page may ever show"
RUN = "run-7"
NOW = datetime(2026, 11, 20, 8, 15, 30, tzinfo=UTC)
BODY = '{"a body": "<b>never shown</b>"}'


def a_client(number: int, origin: Origin = Origin.REGENERATED) -> Client:
    client_id = f"cl_{number}"
    signed_with = KEY if origin is Origin.REGENERATED else b"whatever the client service used"
    return Client(
        client_id=client_id,
        name=f"Client {number}",
        country="US",
        billing=Billing("cpa", 1250, "USD"),
        tracking_id=derive_tracking_id(client_id, signed_with),
        recovery=Recovery(RUN, f"m{number}", NOW, NOW, origin),
    )


def an_entry(number: int, outcome: Outcome, cause: Cause, client_id: str | None = None) -> LedgerEntry:
    final = {"settled": NOW, "deleted": NOW} if outcome.is_final else {"deferred": NOW}
    return LedgerEntry(
        message_id=f"m{number}",
        run_id=RUN,
        delivery_id="d1",
        queue="clients-dlq",
        body=BODY,
        body_sha256=hashlib.sha256(BODY.encode()).hexdigest(),
        receive_count=1,
        attempts=1,
        outcome=outcome,
        cause=cause,
        client_id=client_id,
        steps={"recorded": NOW, **final},
    )


CLIENTS = [a_client(0), a_client(1), a_client(2, Origin.CARRIED)]
ENTRIES = [
    an_entry(0, Outcome.RECOVERED, Cause.MISSING_TRACKING_ID, "cl_0"),
    an_entry(1, Outcome.RECOVERED, Cause.MISSING_TRACKING_ID, "cl_1"),
    an_entry(2, Outcome.RECOVERED, Cause.CARRIED_TRACKING_ID, "cl_2"),
    an_entry(3, Outcome.DUPLICATE, Cause.ALREADY_RECOVERED, "cl_0"),
    an_entry(4, Outcome.QUARANTINED, Cause.MALFORMED_JSON),
    an_entry(5, Outcome.DEFERRED, Cause.STORE_UNAVAILABLE),
]


@pytest.fixture
def clients() -> pd.DataFrame:
    return clients_frame(CLIENTS, KEY)


@pytest.fixture
def ledger() -> pd.DataFrame:
    return ledger_frame(ENTRIES, {client.client_id: client for client in CLIENTS})


@pytest.fixture
def counts() -> Counts:
    return Counts(received=6, recovered=3, duplicate=1, quarantined=1, deferred=1)


@pytest.fixture
def broken_clients(clients: pd.DataFrame) -> Callable[[], Broken]:
    """Every broken expectation about the clients, with the rows that it names."""

    def check() -> Broken:
        from expectations.clients import clients_check  # noqa: PLC0415  (seconds; pure tests need not pay)

        return _broken(clients_check(clients))

    return quietly()(check)


@pytest.fixture
def broken_ledger(ledger: pd.DataFrame, counts: Counts) -> Callable[..., Broken]:
    """Every broken expectation about the ledger, with the rows that it names."""

    def check(counted: Counts = counts) -> Broken:
        from expectations.ledger import ledger_check  # noqa: PLC0415

        return _broken(ledger_check(ledger, counted, RUN))

    return quietly()(check)


def _broken(check: Check) -> Broken:
    from expectations.engine import new_context, run_check  # noqa: PLC0415

    answers = run_check(new_context(), check, RUN).expectations
    return {a.expectation: a.unexpected_ids for a in answers if not a.success}


@pytest.fixture
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
