"""A client as the document that MongoDB holds of it, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from reclaim.model.outcome import Cause, Outcome
from reclaim.model.record import Billing, Client, Origin, Recovery, Superseded

Document = dict[str, Any]

_OF_A_RECOVERY: Final = {"run_id", "message_id", "occurred_at", "recovered_at", "origin"}
"""What a field `recovery` of this program's own making holds; another program may use the name for its own ends."""


def client_of(document: Mapping[str, Any]) -> Client:
    """A client from its document, whoever wrote that."""
    return Client(
        client_id=document["_id"],
        name=document.get("name", ""),
        country=document.get("country", ""),
        billing=_billing_of(document.get("billing")),
        tracking_id=document.get("tracking_id") or None,
        created_at=document.get("created_at"),
        source_event_id=document.get("source_event_id"),
        recovery=_recovery_of(document.get("recovery")),
        document=dict(document),
    )


def document_of(client: Client) -> Document:
    """The document of a client that this program creates."""
    document = {
        "_id": client.client_id,
        "name": client.name,
        "country": client.country,
        "billing": client.billing.as_dict() if client.billing else None,
        "tracking_id": client.tracking_id,
        "created_at": client.created_at,
        "source_event_id": client.source_event_id,
    }
    return document | ({"recovery": recovery_document(client.recovery)} if client.recovery else {})


def recovery_document(recovery: Recovery) -> Document:
    """The field `recovery` of a client's document."""
    document: Document = {
        "run_id": recovery.run_id,
        "message_id": recovery.message_id,
        "occurred_at": recovery.occurred_at,
        "recovered_at": recovery.recovered_at,
        "origin": recovery.origin.value,
        "before": recovery.before,
    }
    if recovery.stands_for:
        document["stands_for"] = recovery.stands_for
    if recovery.superseded:
        document["superseded"] = [
            {"message_id": one.message_id, "outcome": one.outcome.value, "cause": one.cause.value}
            for one in recovery.superseded
        ]
    return document


def _billing_of(value: Any) -> Billing | None:  # noqa: ANN401
    if not isinstance(value, dict) or not {"model", "rate_minor", "currency"} <= value.keys():
        return None
    rate = value["rate_minor"]
    # The driver reads 64-bit integers as a class of its own; money is a plain int everywhere else.
    whole = isinstance(rate, int) and not isinstance(rate, bool)
    return Billing(value["model"], int(rate) if whole else rate, value["currency"])


def _recovery_of(value: Any) -> Recovery | None:  # noqa: ANN401
    if not isinstance(value, dict) or not value.keys() >= _OF_A_RECOVERY:
        return None
    return Recovery(
        run_id=value["run_id"],
        message_id=value["message_id"],
        occurred_at=value["occurred_at"],
        recovered_at=value["recovered_at"],
        origin=Origin(value["origin"]),
        before=value.get("before"),
        stands_for=value.get("stands_for", ""),
        superseded=tuple(
            Superseded(one["message_id"], Outcome(one["outcome"]), Cause(one["cause"]))
            for one in value.get("superseded", ())
        ),
    )
