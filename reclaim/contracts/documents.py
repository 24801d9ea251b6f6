"""A record as the document that MongoDB holds of it, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from reclaim.contracts.contract import Contract
from reclaim.model.record import Origin, Record, Recovery

Document = dict[str, Any]

_OF_A_RECOVERY: Final = {"run_id", "message_id", "occurred_at", "recovered_at", "origin"}
"""What a field `recovery` that this program wrote holds; another program may use the name for something else."""

_ORIGINS: Final = [origin.value for origin in Origin]


def record_of(document: Mapping[str, Any], contract: Contract) -> Record:
    """A record from its document, which may have been written by any program."""
    return Record(
        record_key=document["_id"],
        fields={name: plain(document.get(name)) for name in contract.document},
        identity=document.get(contract.identity_field) or None,
        created_at=document.get("created_at"),
        source_event_id=document.get("source_event_id"),
        recovery=_recovery_of(document.get("recovery")),
        document=dict(document),
    )


def document_of(record: Record, contract: Contract) -> Document:
    """The document of a record that this program creates."""
    document = {
        "_id": record.record_key,
        **record.fields,
        contract.identity_field: record.identity,
        "created_at": record.created_at,
        "source_event_id": record.source_event_id,
    }
    return document | ({"recovery": recovery_document(record.recovery)} if record.recovery else {})


def recovery_document(recovery: Recovery) -> Document:
    """The field `recovery` of a record's document."""
    return {
        "run_id": recovery.run_id,
        "message_id": recovery.message_id,
        "occurred_at": recovery.occurred_at,
        "recovered_at": recovery.recovered_at,
        "origin": recovery.origin.value,
        "before": recovery.before,
    }


def plain(value: Any) -> Any:  # noqa: ANN401
    """`value` with 64-bit integers, which the driver reads as a class of its own, as plain integers."""
    if isinstance(value, Mapping):
        return {name: plain(part) for name, part in value.items()}
    if isinstance(value, list):
        return [plain(part) for part in value]
    return int(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _recovery_of(value: Any) -> Recovery | None:  # noqa: ANN401
    if not isinstance(value, dict) or not value.keys() >= _OF_A_RECOVERY or value["origin"] not in _ORIGINS:
        return None
    return Recovery(
        run_id=value["run_id"],
        message_id=value["message_id"],
        occurred_at=value["occurred_at"],
        recovered_at=value["recovered_at"],
        origin=Origin(value["origin"]),
        before=value.get("before"),
    )
