"""The second contract, complete: another event, another collection, another identity."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest

from reclaim.contracts.contract import Contract
from reclaim.contracts.documents import document_of
from reclaim.contracts.loading import load_contract
from reclaim.contracts.reading import read_event
from reclaim.model.event import Amount, Event, Rejection
from reclaim.model.outcome import Cause
from reclaim.preflight.checklist_file import read_ownership
from reclaim.quarantine.rule_file import read_rules
from reclaim.recovery.decisions import new_record
from tests.builders import KEY
from tests.unit.quarantine.quarantine_world import QuarantineWorld

FOLDER: Final = Path(__file__).parents[3] / "examples" / "order_created"
ORDER_TOKEN: Final = "ot_0123456789abcdefghjkmnpqrs"


@pytest.fixture(scope="module")
def contract() -> Contract:
    return load_contract(f"{FOLDER / 'contract.py'}:contract")


def body(**order: Any) -> str:  # noqa: ANN401
    """The event as the shop writes it; `order` changes its `data`."""
    return json.dumps(
        {
            "specversion": "1.0",
            "type": "order.created",
            "dataversion": 2,
            "id": "oe-1",
            "time": "2026-11-20T08:15:30Z",
            "source": "shop",
            "data": {
                "order_no": "A-1001",
                "buyer": "Buyer 1",
                "total": "129.90",
                "currency": "EUR",
                "order_token": None,
                **order,
            },
        }
    )


def accepted(contract: Contract, **order: Any) -> Event:  # noqa: ANN401
    reading = read_event(body(**order), contract)
    assert isinstance(reading, Event), reading
    return reading


def refused(contract: Contract, **order: Any) -> Rejection:  # noqa: ANN401
    reading = read_event(body(**order), contract)
    assert isinstance(reading, Rejection), reading
    return reading


def test_the_event_is_read(contract: Contract) -> None:
    assert accepted(contract) == Event(
        event_id="oe-1",
        occurred_at=datetime(2026, 11, 20, 8, 15, 30, tzinfo=UTC),
        record_key="A-1001",
        identity=None,
        fields={"buyer": "Buyer 1", "total": "129.90", "currency": "EUR"},
        amount=Amount(12990, "EUR"),
    )


def test_the_document_holds_the_order_and_its_total_as_it_came(contract: Contract) -> None:
    document = document_of(new_record(accepted(contract, total="129.9000")), contract)

    assert document == {
        "_id": "A-1001",
        "buyer": "Buyer 1",
        "total": "129.9000",
        "currency": "EUR",
        "order_token": None,
        "created_at": datetime(2026, 11, 20, 8, 15, 30, tzinfo=UTC),
        "source_event_id": "oe-1",
    }


def test_the_token_is_the_one_that_the_formula_gives(contract: Contract) -> None:
    # HMAC-SHA256(KEY, "order:A-1001") begins 11820934464d88e07e0d651edc1ecf1c; written in 26 characters of 5 bits.
    assert contract.identity.derive("A-1001", KEY) == "ot_0hg84k8hjdh3g7w3b53ve1xkrw"


def test_an_order_never_shares_a_token_with_a_client_of_the_same_key(contract: Contract) -> None:
    other = load_contract("reclaim.contracts.client_created:contract").identity

    assert contract.identity.derive("A-1001", KEY)[3:] != other.derive("A-1001", KEY)[4:]


@pytest.mark.parametrize("absent", [None, ""])
def test_a_null_or_empty_token_is_the_defect_to_repair(contract: Contract, absent: str | None) -> None:
    assert accepted(contract, order_token=absent).identity is None


def test_a_token_of_the_right_form_is_carried_over_and_any_other_is_refused(contract: Contract) -> None:
    assert accepted(contract, order_token=ORDER_TOKEN).identity == ORDER_TOKEN
    assert "data.order_token: Value error, must be absent" in refused(contract, order_token="trk_" + "0" * 26).detail


@pytest.mark.parametrize("total", [129.9, 129, True, None, "129,90", "-1", "1e3", ".5", "1.", "1.00001", "1" * 16, ""])
def test_a_total_that_is_not_a_decimal_text_is_a_schema_violation(contract: Contract, total: object) -> None:
    rejection = refused(contract, total=total)

    assert (rejection.cause, rejection.record_key) == (Cause.SCHEMA_VIOLATION, "A-1001")
    assert rejection.detail.startswith("data.total: ")


@pytest.mark.parametrize("total", ["0", "129", "129.9", "9" * 15 + ".9999"])
def test_a_total_has_up_to_fifteen_digits_and_up_to_four_decimals(contract: Contract, total: str) -> None:
    assert accepted(contract, total=total).fields["total"] == total


@pytest.mark.parametrize(("total", "minor"), [("129.9", 12990), ("129.9000", 12990), ("0.001", None)])
def test_the_amount_is_in_minor_units_where_the_total_is_not_finer(
    contract: Contract, total: str, minor: int | None
) -> None:
    assert accepted(contract, total=total).amount == (None if minor is None else Amount(minor, "EUR"))


@pytest.mark.parametrize("order_no", ["A", "A-1001", "9" * 64])
def test_an_order_number_is_capitals_digits_and_dashes(contract: Contract, order_no: str) -> None:
    assert accepted(contract, order_no=order_no).record_key == order_no


@pytest.mark.parametrize("order_no", ["", "a-1001", "A_1", "A 1", "A-1\n", "Ä-1", "9" * 65, 1001, None])
def test_anything_else_is_not_an_order_number_and_names_no_order(contract: Contract, order_no: object) -> None:
    rejection = refused(contract, order_no=order_no)

    assert (rejection.cause, rejection.record_key) == (Cause.SCHEMA_VIOLATION, None)


@pytest.mark.parametrize("total", ["129.90", "129.9", "129.9000", "0129.9"])
def test_totals_are_compared_as_numbers(contract: Contract, total: str) -> None:
    assert contract.differences(accepted(contract).fields, accepted(contract, total=total).fields) == []


@pytest.mark.parametrize(
    ("change", "differing"),
    [
        ({"total": "129.91"}, ["total"]),
        ({"currency": "USD"}, ["currency"]),
        ({"total": "1", "currency": "USD"}, ["total", "currency"]),
        ({"buyer": "Buyer 2"}, []),
    ],
)
def test_total_and_currency_must_agree_and_the_buyer_is_taken_as_it_comes(
    contract: Contract, change: dict[str, Any], differing: list[str]
) -> None:
    found = contract.differences(accepted(contract).fields, accepted(contract, **change).fields)

    assert [leaf.path for leaf in found] == differing


def test_a_total_that_somebody_stored_as_a_number_is_no_reason_to_fail(contract: Contract) -> None:
    fields = accepted(contract).fields

    assert contract.differences(fields, {**fields, "total": None})
    assert contract.differences(fields, {**fields, "total": "many"})


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        ({"type": "order.updated"}, Cause.UNSUPPORTED_EVENT_TYPE),
        ({"dataversion": 3}, Cause.UNSUPPORTED_SCHEMA_VERSION),
        ({"dataversion": "2"}, Cause.SCHEMA_VIOLATION),
        ({"dataversion": 2.0}, Cause.SCHEMA_VIOLATION),
        ({"time": "2026-11-20 08:15"}, Cause.SCHEMA_VIOLATION),
    ],
)
def test_another_type_or_version_is_told_from_a_violation(
    contract: Contract, change: dict[str, Any], cause: Cause
) -> None:
    reading = read_event(json.dumps(json.loads(body()) | change), contract)

    assert isinstance(reading, Rejection)
    assert (reading.cause, reading.record_key) == (cause, "A-1001")


def test_it_has_money_but_no_revenue_side(contract: Contract) -> None:
    assert contract.money is not None
    assert contract.revenue is None
    assert [leaf.path for leaf in contract.document_fields if leaf.is_amount] == ["total"]


def test_its_checklist_names_every_field_and_its_documents_are_beside_it(contract: Contract) -> None:
    found = read_ownership(str(FOLDER / contract.checklist), contract)

    assert found.problem == ""
    assert found.checklist is not None
    assert [entry.field for entry in found.checklist.fields] == list(contract.event_fields)
    assert found.missing_documents == ()


@pytest.mark.parametrize(
    ("rule", "wrong", "repaired"),
    [
        ("total-as-text", body(total=None).replace('"total": null', '"total": 129.90'), {"total": "129.90"}),
        ("currency-in-capitals", body(currency="eur"), {"currency": "EUR"}),
        ("local-time-is-utc", body().replace("08:15:30Z", "08:15:30"), {}),
        ("unusable-order-token", body(order_token="4711"), {}),
    ],
)
def test_its_repair_rules_make_an_event_of_what_was_refused(
    contract: Contract, rule: str, wrong: str, repaired: dict[str, str]
) -> None:
    rejection = read_event(wrong, contract)
    assert isinstance(rejection, Rejection)
    entry = QuarantineWorld(contract).quarantine(wrong, rejection.cause, detail=rejection.detail)
    rules = read_rules(FOLDER / str(contract.repair_rules))

    event = read_event(rules[rule].body_of(entry, contract), contract)

    assert isinstance(event, Event)
    assert event.fields == {**accepted(contract).fields, **repaired}
    assert event.identity is None
