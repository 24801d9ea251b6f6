"""What many tests need one of: events, messages, records, runs; each with what matters to the test put in."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from reclaim.contracts import client_created
from reclaim.model.ledger import Delivery, Settlement
from reclaim.model.message import Message
from reclaim.model.outcome import Cause, Outcome
from reclaim.model.record import Origin, Record, RecordWrite, Recovery, WriteKind
from reclaim.model.run import Owner, RunRecord

KEY = b"thirty-two bytes of a test's key"
NOW = datetime(2026, 11, 20, 8, 15, 30, 123000, tzinfo=UTC)
RUN = "run-1"
CONTRACT = client_created.contract
BILLING = {"model": "cpa", "rate_minor": 1250, "currency": "USD"}

_numbers = count(1)


def at(second: float) -> datetime:
    """So many seconds after `NOW`."""
    return NOW + timedelta(seconds=second)


def an_event(record_key: str = "cl_1", *, second: float = 0, **client: Any) -> dict[str, Any]:  # noqa: ANN401
    """An event without a tracking ID; `client` changes what its `client` part says."""
    return {
        "schema_version": 1,
        "event_type": "client.created",
        "event_id": f"evt_{record_key}_{second}",
        "occurred_at": at(second).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "producer": "client-service",
        "client": {
            "client_id": record_key,
            "name": "Acme Staffing",
            "country": "US",
            "billing": dict(BILLING),
            "tracking_id": None,
            **client,
        },
    }


def a_body(record_key: str = "cl_1", *, second: float = 0, **client: Any) -> str:  # noqa: ANN401
    """The text of `an_event`."""
    return json.dumps(an_event(record_key, second=second, **client))


def a_message(body: str = "", message_id: str = "", receive_count: int = 1) -> Message:
    """A delivery of a message; of one that nobody else has, unless it is named."""
    message_id = message_id or f"m-{next(_numbers):06d}"
    return Message(
        message_id=message_id,
        receipt_handle=f"{message_id}#{receive_count}",
        body=body or a_body(),
        sent_at=at(-3600),
        received_at=NOW,
        receive_count=receive_count,
        attributes={"ApproximateReceiveCount": str(receive_count)},
    )


def a_delivery(delivery_id: str = "d-1", run_id: str = RUN) -> Delivery:
    """One batch as a lane of `run_id` received it."""
    return Delivery(run_id, delivery_id, "dlq", NOW, CONTRACT.name)


def a_settlement(
    message_id: str,
    outcome: Outcome = Outcome.RECOVERED,
    cause: Cause = Cause.MISSING_ID,
    **changes: Any,  # noqa: ANN401
) -> Settlement:
    """An outcome on its way into the ledger."""
    values: dict[str, Any] = {
        "record_key": "cl_1",
        "event_id": "evt_1",
        "occurred_at": NOW,
        "rate_minor": 1250,
        "currency": "USD",
        "wrote": outcome is Outcome.RECOVERED,
        "decided_at": at(1),
        "written_at": at(2),
    }
    return Settlement(message_id, outcome, cause, **{**values, **changes})


def a_recovery(message_id: str = "m-1", run_id: str = RUN, second: float = 0, **changes: Any) -> Recovery:  # noqa: ANN401
    """How a record got its identity: from `message_id`, whose event happened at `second`."""
    return Recovery(
        run_id=run_id,
        message_id=message_id,
        occurred_at=at(second),
        recovered_at=at(60),
        origin=changes.pop("origin", Origin.REGENERATED),
        **changes,
    )


def derived(record_key: str = "cl_1") -> str:
    """The identity that the tests' key gives this record."""
    return CONTRACT.identity.derive(record_key, KEY)


def a_record(record_key: str = "cl_1", **changes: Any) -> Record:  # noqa: ANN401
    """A record that agrees with `an_event` and has the derived identity; fields are changed by their names."""
    fields = {"name": "Acme Staffing", "country": "US", "billing": dict(BILLING)}
    fields |= {name: changes.pop(name) for name in tuple(fields) if name in changes}
    values: dict[str, Any] = {
        "fields": fields,
        "identity": derived(record_key),
        "created_at": NOW,
        "source_event_id": "evt_1",
    }
    return Record(record_key, **{**values, **changes})


def a_creation(record_key: str = "cl_1", message_id: str = "m-1", **changes: Any) -> RecordWrite:  # noqa: ANN401
    """A record to be inserted."""
    return RecordWrite(WriteKind.CREATE, a_record(record_key, **{"recovery": a_recovery(message_id), **changes}))


def a_run(run_id: str = RUN, **changes: Any) -> RunRecord:  # noqa: ANN401
    """A run that says it is running."""
    values: dict[str, Any] = {
        "queue": "dlq",
        "contract": CONTRACT.name,
        "operator": "maria",
        "owner": Owner(host="elsewhere", pid=1, started=0.0),
        "started_at": NOW,
        "heartbeat_at": NOW,
    }
    return RunRecord(run_id=run_id, **{**values, **changes})
