"""Collections, indexes and validators follow from the contract."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

from reclaim.adapters.mongo.schema import collections_of
from reclaim.contracts.client_created import Billing, Client, ClientCreated
from reclaim.contracts.contract import Contract
from reclaim.contracts.fields import DecimalAmount, Moment, Text
from reclaim.contracts.loading import load_contract
from reclaim.local.testing.stack_handle import PROJECT
from tests.builders import CONTRACT

WHOLE = ["int", "long"]
CURRENCY = {"bsonType": "string", "pattern": "^[A-Z]{3}$"}


def rules(contract: Contract) -> dict[str, Any]:
    validator = collections_of(contract)[contract.collection].validator["$jsonSchema"]
    return dict(validator)


def test_the_default_contract_binds_key_identity_and_what_must_agree_and_nothing_that_others_write() -> None:
    assert rules(CONTRACT) == {
        "bsonType": "object",
        "required": ["name", "billing"],
        "properties": {
            "_id": {"bsonType": "string", "pattern": "^[A-Za-z0-9_.:-]{1,128}$"},
            "name": {"bsonType": "string", "minLength": 1},
            "billing": {
                "bsonType": "object",
                "required": ["model", "rate_minor", "currency"],
                "properties": {
                    "model": {"bsonType": "string"},
                    "rate_minor": {"bsonType": WHOLE, "minimum": 0},
                    "currency": CURRENCY,
                },
            },
            "tracking_id": {
                "anyOf": [
                    {"bsonType": "null"},
                    {"enum": [""]},
                    {"bsonType": "string", "pattern": "^trk_[0-9a-hjkmnp-tv-z]{26}$"},
                ]
            },
        },
    }


def test_another_contract_has_its_own_collection_and_none_of_a_revenue_side() -> None:
    contract = load_contract(f"{PROJECT}/examples/order_created/contract.py:contract")
    found = rules(contract)

    assert collections_of(contract).keys() == {"orders", "dead_letters", "recovery_runs", "evidence"}
    assert found["required"] == ["total", "currency"]
    assert found["properties"]["total"] == {"bsonType": "string", "pattern": r"^[0-9]{1,15}(\.[0-9]{1,4})?$"}
    assert found["properties"]["currency"] == CURRENCY
    assert "^ot_" in str(found["properties"]["order_token"])
    names = [index.document["name"] for index in collections_of(contract)["orders"].indexes]
    assert names == ["order_token_unique", "recovery_run"]


def test_the_shared_collections_are_the_same_for_every_contract() -> None:
    other = load_contract(f"{PROJECT}/examples/order_created/contract.py:contract")
    for name in ("dead_letters", "recovery_runs", "evidence"):
        assert collections_of(CONTRACT)[name] == collections_of(other)[name]
    ledger = collections_of(CONTRACT)["dead_letters"].rules
    assert "contract" in ledger["required"]
    assert "unusable_record" in ledger["properties"]["cause"]["enum"]


def test_a_field_that_an_event_may_leave_out_may_be_missing_or_null() -> None:
    class OptionalBilling(Billing):
        discount: DecimalAmount = "0"
        since: Moment | None = None

    class OptionalClient(Client):
        billing: OptionalBilling
        nickname: Annotated[Text, "optional"] = "none"

    class Optional(ClientCreated):
        client: OptionalClient

    document = {"nickname": "client.nickname", "billing": "client.billing"}
    found = rules(replace(CONTRACT, event=Optional, document=document, must_agree=("nickname", "billing")))

    assert found["required"] == ["billing"]
    assert found["properties"]["nickname"]["anyOf"][0] == {"bsonType": "null"}
    assert found["properties"]["billing"]["required"] == ["model", "rate_minor", "currency"]
    assert found["properties"]["billing"]["properties"]["discount"]["anyOf"][1]["bsonType"] == "string"


def test_without_a_field_that_must_agree_nothing_but_key_and_identity_is_bound() -> None:
    found = rules(replace(CONTRACT, must_agree=()))

    assert found.keys() == {"bsonType", "properties"}
    assert found["properties"].keys() == {"_id", "tracking_id"}
