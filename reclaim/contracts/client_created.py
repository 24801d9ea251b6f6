"""The default contract: the `client.created` event of an ad-tech company that lost its tracking IDs."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field

from reclaim.contracts.contract import Contract, FixedField, MoneyFields, Revenue, RevenueCollection, Words
from reclaim.contracts.fields import CurrencyCode, EventPart, MayLack, MinorUnits, Moment, Text, pattern
from reclaim.model.identity import IdentityScheme

TRACKING_ID: Final = IdentityScheme(prefix="trk_", hmac_context="client:")

ClientId = Annotated[str, pattern(r"^[A-Za-z0-9_.:-]{1,128}$", "1 to 128 letters, digits, _ . : or -")]
Country = Annotated[str, pattern(r"^[A-Z]{2}$", "a two-letter code in capitals")]
TrackingId = Annotated[str | None, MayLack(TRACKING_ID)]


class Billing(EventPart):
    """What a client pays: `rate_minor` minor units of `currency` for what `model` counts."""

    model: Text
    rate_minor: MinorUnits
    currency: CurrencyCode


class Client(EventPart):
    """The client that was created."""

    client_id: ClientId
    name: Text
    country: Country
    billing: Billing
    tracking_id: TrackingId = None


class ClientCreated(EventPart):
    """The event, version 1."""

    # Not Literal[1]: that takes true and 1.0 as well, which equal 1 in Python.
    schema_version: Annotated[int, Field(ge=1, le=1)]
    event_type: Literal["client.created"]
    event_id: Text
    occurred_at: Moment
    client: Client


contract: Final = Contract(
    name="client_created",
    event=ClientCreated,
    event_type=FixedField("event_type", "client.created"),
    version=FixedField("schema_version", 1),
    event_id="event_id",
    occurred_at="occurred_at",
    record_key="client.client_id",
    identity_path="client.tracking_id",
    identity=TRACKING_ID,
    collection="clients",
    identity_field="tracking_id",
    document={"name": "client.name", "country": "client.country", "billing": "client.billing"},
    must_agree=("name", "billing"),
    words=Words(record="client", records="clients", identity="tracking ID", identities="tracking IDs"),
    money=MoneyFields(amount="client.billing.rate_minor", currency="client.billing.currency"),
    revenue=Revenue(
        applications=RevenueCollection(
            "applications", record_key="client_id", at="applied_at", reference="tracking_id"
        ),
        charges=RevenueCollection("charges", record_key="client_id", at="charged_at", reference="application_id"),
    ),
    source_queue="client-created",
    dead_letter_queue="client-created-dlq",
)
