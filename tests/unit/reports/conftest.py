"""Reports and ledger entries to be varied."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from reclaim.exposure.money_at_risk import RecordAmounts
from reclaim.model.ledger import LedgerEntry
from reclaim.model.message import QueueDepth
from reclaim.model.outcome import Cause, Counts, Outcome
from reclaim.model.run import RunState
from reclaim.model.validation import ExpectationResult, SuiteResult, ValidationResult
from reclaim.reports.model import (
    Attention,
    CauseGroup,
    CurrencyMoney,
    Example,
    ProgressSample,
    RunReport,
    StepLatency,
    Throughput,
)
from tests.builders import CONTRACT

START = datetime(2026, 11, 20, 8, 15, 30, tzinfo=UTC)

VALIDATION = ValidationResult(
    success=True,
    docs="validation/index.html",
    suites=(
        SuiteResult(
            suite="clients",
            success=True,
            expectations=(
                ExpectationResult(
                    expectation="Every client has a tracking ID",
                    column="tracking_id",
                    severity="critical",
                    success=True,
                    checked=4812,
                ),
            ),
        ),
    ),
)

MakeEntry = Callable[..., LedgerEntry]
MakeReport = Callable[..., RunReport]


@pytest.fixture
def entry() -> MakeEntry:
    def make(message_id: str = "m-1", **changes: object) -> LedgerEntry:
        body = str(changes.get("body", '{"secret": "body"}'))
        values: dict[str, Any] = {
            "run_id": "run_1",
            "delivery_id": "d-1",
            "queue": "clients-dlq",
            "contract": CONTRACT.name,
            "body": body,
            "body_sha256": hashlib.sha256(body.encode("utf-8", "surrogatepass")).hexdigest(),
            "receive_count": 2,
            "attempts": 1,
            "outcome": Outcome.RECOVERED,
            "cause": Cause.MISSING_ID,
            "envelope": "raw",
            "record_key": "cl_1",
            "event_id": "evt_1",
            "occurred_at": START - timedelta(days=2),
            "rate_minor": 1250,
            "currency": "USD",
            "steps": {"received": START, "settled": START + timedelta(milliseconds=1234)},
        }
        return LedgerEntry(message_id, **{**values, **changes})

    return make


@pytest.fixture
def report() -> MakeReport:
    """A completed run: 5,000 received, 97 of them quarantined."""

    def make(**changes: object) -> RunReport:
        values: dict[str, Any] = {
            "run_id": "run_1",
            "contract": CONTRACT.name,
            "words": CONTRACT.words,
            "state": RunState.COMPLETED,
            "queue": "clients-dlq",
            "operator": "maria",
            "reason": "the outage of 18 November",
            "parameters": {"batch_size": 100, "max_messages": None},
            "started_at": START,
            "finished_at": START + timedelta(seconds=50),
            "counts": Counts(5000, 4812, 91, 97, 0),
            "causes": {Cause.MISSING_ID: 4812, Cause.ALREADY_RECOVERED: 91, Cause.MALFORMED_JSON: 97},
            "envelopes": {"raw": 4990, "sns": 10},
            "money": {
                "USD": CurrencyMoney(recovered=RecordAmounts(records=4812, messages=4812, rate_minor_total=601_500))
            },
            "validation": VALIDATION,
            "throughput": Throughput.of(5000, 50),
            "steps": {"receive": StepLatency.of([10, 20, 30]), "write": StepLatency.of([5])},
            "timeline": [
                ProgressSample(seconds=s, received=s * 100, settled={Outcome.RECOVERED: s * 100}, pace=100, lanes=4)
                for s in range(51)
            ],
            "peak_rss_mb": 180.5,
            "queue_before": QueueDepth(5000, 0, 0),
            "queue_after": QueueDepth(0, 0, 0),
            "attention": Attention(
                quarantined=(
                    CauseGroup(
                        cause=Cause.MALFORMED_JSON,
                        count=97,
                        examples=(Example(message_id="m-9", detail="line 1 column 7: no value"),),
                    ),
                )
            ),
        }
        return RunReport(**{**values, **changes})

    return make
