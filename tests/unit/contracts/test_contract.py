"""A contract that contradicts itself is refused when it is made, in one clear clause."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

import pytest

from reclaim.contracts.amounts import AmountUnit
from reclaim.contracts.contract import Contract, ContractError, FixedField, MoneyFields, RevenueCollection
from reclaim.contracts.fields import CurrencyCode, EventPart, MayLack, Text, pattern
from reclaim.model.errors import UsageError
from reclaim.model.identity import IdentityScheme
from tests.builders import CONTRACT


def problem(**changes: Any) -> str:  # noqa: ANN401
    with pytest.raises(ContractError) as caught:
        replace(CONTRACT, **changes)
    return str(caught.value)


def changed_client(name: str, annotation: Any) -> type[EventPart]:  # noqa: ANN401
    """The default's event, whose client has another field `name`."""
    client = CONTRACT.event.model_fields["client"].annotation
    assert isinstance(client, type)
    assert issubclass(client, EventPart)
    other = type("Other", (client,), {"__annotations__": {name: annotation}, "__module__": __name__})
    return type("OtherEvent", (CONTRACT.event,), {"__annotations__": {"client": other}, "__module__": __name__})


def test_the_default_contradicts_nothing() -> None:
    assert replace(CONTRACT).name == "client_created"


@pytest.mark.parametrize("name", ["", "Client", "client-created", "1st", "a" * 65, "client created"])
def test_a_name_is_lower_case_letters_digits_and_underscores(name: str) -> None:
    assert "its name must be lower-case letters, digits and _, and begin with a letter" in problem(name=name)


@pytest.mark.parametrize("collection", ["", "dead_letters", "recovery_runs", "evidence", "watches", "1st", "a$b"])
def test_a_collection_is_not_one_of_reclaims_own(collection: str) -> None:
    assert f"its collection cannot be {collection!r}" in problem(collection=collection)


@pytest.mark.parametrize(
    ("what", "changes"),
    [
        ("event_type", {"event_type": FixedField("kind", "x")}),
        ("version", {"version": FixedField("client.version", 1)}),
        ("event_id", {"event_id": "id"}),
        ("occurred_at", {"occurred_at": "time"}),
        ("record_key", {"record_key": "client"}),
        ("identity_path", {"identity_path": "tracking_id"}),
        ("money.amount", {"money": MoneyFields("client.rate", "client.billing.currency")}),
        ("money.currency", {"money": MoneyFields("client.billing.rate_minor", "currency")}),
    ],
)
def test_a_path_that_the_event_does_not_have_is_named(what: str, changes: dict[str, Any]) -> None:
    found = problem(**changes)

    assert found.startswith(f"contract 'client_created': {what} is '")
    assert found.endswith("which the event model does not have")


@pytest.mark.parametrize(
    ("changes", "clause"),
    [
        ({"event_id": "client.country"}, None),
        ({"event_id": "occurred_at"}, "event_id 'occurred_at' must be a Text"),
        ({"occurred_at": "event_id"}, "occurred_at 'event_id' must be a Moment"),
        ({"record_key": "client.name"}, "record_key 'client.name' must be a str with a pattern"),
        (
            {"money": MoneyFields("client.name", "client.billing.currency")},
            "money.amount 'client.name' must be MinorUnits",
        ),
        (
            {"money": MoneyFields("client.billing.rate_minor", "client.billing.currency", AmountUnit.DECIMAL)},
            "money.amount 'client.billing.rate_minor' must be a DecimalAmount",
        ),
        (
            {"money": MoneyFields("client.billing.rate_minor", "client.country")},
            "money.currency 'client.country' must be a CurrencyCode",
        ),
    ],
)
def test_a_field_that_the_contract_names_has_the_type_that_it_needs(
    changes: dict[str, Any], clause: str | None
) -> None:
    if clause is None:
        assert replace(CONTRACT, **changes).event_id == "client.country"
    else:
        assert f"{clause} (reclaim.contracts.fields)" in problem(**changes)


def test_the_event_model_takes_the_type_and_the_version_that_the_contract_says() -> None:
    assert "the event model refuses 'client.made' as 'event_type'" in problem(
        event_type=FixedField("event_type", "client.made")
    )
    assert "the event model refuses 2 as 'schema_version'" in problem(version=FixedField("schema_version", 2))


def test_the_identity_of_the_event_is_of_the_contracts_scheme() -> None:
    clause = "the type of 'client.tracking_id' must be Annotated[str | None, MayLack(identity)]"

    assert clause in problem(identity=IdentityScheme("oth_", "client:"))
    assert clause in problem(event=changed_client("tracking_id", str | None))


@pytest.mark.parametrize("scheme", [IdentityScheme("", "client:"), IdentityScheme("trk_", "")])
def test_an_identity_has_a_prefix_and_a_context(scheme: IdentityScheme) -> None:
    event = changed_client("tracking_id", Annotated[str | None, MayLack(scheme)])

    assert "its identity scheme needs a prefix and an HMAC context" in problem(identity=scheme, event=event)


@pytest.mark.parametrize("name", ["_id", "created_at", "source_event_id", "recovery", "tracking_id"])
def test_a_field_of_the_document_that_reclaim_writes_is_refused(name: str) -> None:
    found = problem(document={name: "client.name"}, must_agree=())

    assert f"the document's field {name!r} is written by Reclaim itself" in found


def test_the_identity_is_not_kept_where_reclaim_keeps_something_else() -> None:
    assert "the document's field 'recovery' is written by Reclaim itself" in problem(identity_field="recovery")


@pytest.mark.parametrize("name", ["", "$set", "a.b", "a b"])
def test_a_field_of_the_document_has_a_plain_name(name: str) -> None:
    assert f"a field of the document cannot be called {name!r}" in problem(
        document={name: "client.name"}, must_agree=()
    )


def test_a_field_of_the_document_comes_from_the_event() -> None:
    found = problem(document={"name": "client.title"}, must_agree=())

    assert "the document's field 'name' comes from 'client.title', which the event model does not have" in found


def test_a_field_of_the_document_is_of_a_type_that_mongodb_can_hold() -> None:
    assert "whose type is not one of reclaim.contracts.fields" in problem(event=changed_client("name", str))


def test_what_must_agree_is_in_the_document() -> None:
    assert "must_agree names 'rate', which is not a field of the document" in problem(must_agree=("name", "rate"))


@pytest.mark.parametrize("name", ["clients", "dead_letters", ""])
def test_a_collection_of_the_revenue_side_is_one_of_its_own(name: str) -> None:
    revenue = CONTRACT.require_revenue()
    applications = replace(revenue.applications, name=name)

    assert f"a collection of its revenue side cannot be {name!r}" in problem(
        revenue=replace(revenue, applications=applications)
    )


def test_applications_and_charges_are_apart() -> None:
    revenue = CONTRACT.require_revenue()
    charges = replace(revenue.charges, name="applications")

    assert "applications and charges must be in two collections" in problem(revenue=replace(revenue, charges=charges))


def test_the_fields_of_the_revenue_side_are_five_different_ones() -> None:
    revenue = CONTRACT.require_revenue()
    applications = RevenueCollection("applications", record_key="client_id", at="applied_at", reference="client_id")

    assert "the fields of 'applications' must be five different names" in problem(
        revenue=replace(revenue, applications=applications)
    )


def test_a_contract_without_a_revenue_side_cannot_be_reconciled() -> None:
    with pytest.raises(UsageError, match="has no revenue side, so there is nothing to reconcile"):
        replace(CONTRACT, revenue=None).require_revenue()


def test_a_pattern_is_anchored_at_both_ends() -> None:
    with pytest.raises(ValueError, match=r"must begin with \^ and end with \$"):
        pattern("[A-Z]+", "capitals")


def test_the_documents_fields_are_the_leaves_of_what_it_takes_in() -> None:
    found = {leaf.path: (leaf.event_path, leaf.kind.name, leaf.must_agree) for leaf in CONTRACT.document_fields}

    assert found == {
        "name": ("client.name", "text", True),
        "country": ("client.country", "pattern", False),
        "billing.model": ("client.billing.model", "text", True),
        "billing.rate_minor": ("client.billing.rate_minor", "minor_units", True),
        "billing.currency": ("client.billing.currency", "currency", True),
    }


class Note(EventPart):
    """An object with a field that may be absent."""

    text: Text | None = None
    currency: CurrencyCode


def test_a_field_that_may_be_absent_is_of_its_kind_and_not_required() -> None:
    client = changed_client("note", Note)
    contract = replace(CONTRACT, event=client, document={**CONTRACT.document, "note": "client.note"})

    found = {leaf.path: (leaf.kind.name, leaf.required) for leaf in contract.document_fields}

    assert found["note.text"] == ("text", False)
    assert found["note.currency"] == ("currency", True)


def test_true_does_not_agree_with_one() -> None:
    fields = {"name": "Acme", "billing": {"model": "cpa", "rate_minor": 1, "currency": "USD"}}
    other = {"name": "Acme", "billing": {"model": "cpa", "rate_minor": True, "currency": "USD"}}

    assert [leaf.path for leaf in CONTRACT.differences(fields, other)] == ["billing.rate_minor"]
    assert isinstance(CONTRACT, Contract)
