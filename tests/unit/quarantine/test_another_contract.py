"""The quarantine with another contract than the default one, and with messages of two in one ledger."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from reclaim.cli import quarantine_views as views
from reclaim.contracts.reading import read_event
from reclaim.model.errors import UsageError
from reclaim.model.event import Event, Rejection
from reclaim.model.outcome import Cause, Outcome
from reclaim.quarantine.differences import shown_document
from reclaim.quarantine.edits import DoesNotApply, read_patch
from reclaim.quarantine.plan import plan_release, preview_decisions
from reclaim.quarantine.rule_file import read_rules
from reclaim.quarantine.rules import RepairRule
from reclaim.quarantine.selection import MessageFilter, select
from reclaim.quarantine.showing import MessageDetails, show_message
from tests.builders import KEY, a_body, a_record
from tests.orders import ORDERS, an_order
from tests.unit.quarantine.quarantine_world import QuarantineWorld, an_entry

RULES = Path(__file__).parents[3] / "examples" / "order_created" / "repair_rules.yaml"


def a_world() -> QuarantineWorld:
    """Two orders and a client, all in quarantine."""
    world = QuarantineWorld(ORDERS)
    world.quarantine(an_order("A-1", total=129.9), message_id="o-1", detail="data.total")
    world.quarantine(an_order("A-2"), Cause.RECORD_CONFLICT, message_id="o-2", record_key="A-2")
    world.quarantine(a_body(), message_id="m-1", contract="client_created")
    return world


def shown(world: QuarantineWorld, message_id: str) -> MessageDetails:
    return show_message(message_id, (), ORDERS, ledger=world.ledger, records=world.records, key=KEY, clock=world.clock)


def repaired(rule: RepairRule, body: str, detail: str = "") -> object:
    return json.loads(rule.body_of(an_entry(body, detail=detail), ORDERS))["data"]


def test_only_messages_of_the_contract_are_listed_chosen_and_shown() -> None:
    world = a_world()

    assert [one.message_id for group in world.listing().groups for one in group.messages] == ["o-2", "o-1"]
    found = select(MessageFilter(cause=Cause.SCHEMA_VIOLATION), ORDERS, world.ledger, world.resolutions)
    assert [entry.message_id for entry in found.open] == ["o-1"]
    with pytest.raises(UsageError, match="belongs to contract client_created, not to order_created"):
        select(MessageFilter(("m-1",)), ORDERS, world.ledger, world.resolutions)
    with pytest.raises(UsageError, match="belongs to contract client_created, not to order_created"):
        shown(world, "m-1")


def test_a_message_is_shown_as_the_document_that_it_becomes(monkeypatch: pytest.MonkeyPatch) -> None:
    world = a_world()
    screen = io.StringIO()
    monkeypatch.setattr(views, "Console", lambda **_: Console(file=screen, width=200, force_terminal=False))

    details = shown(world, "o-2")
    views.show_details(details, ORDERS)

    assert details.decision.outcome is Outcome.RECOVERED
    [absent, token] = [line for line in details.difference if line[:1] in "+-" and line[:3] not in ("---", "+++")]
    assert (absent, token[:22]) == ('-  "order_token": null', '+  "order_token": "ot_')
    assert "order A-2 gets ot_" in screen.getvalue()
    assert "client" not in screen.getvalue()


def test_a_patch_makes_a_message_that_the_pipeline_recovers() -> None:
    world = a_world()
    patch = read_patch('{"data": {"total": "129.90"}}')

    wanted = MessageFilter(("o-1",))
    plan = plan_release(wanted, patch, ORDERS, **world.store, operator="ann", clock=world.clock)

    [one] = plan.planned
    assert shown(world, "o-1").decision.cause is Cause.SCHEMA_VIOLATION
    previews = preview_decisions([one.message], world.records, ORDERS, KEY, world.clock)
    assert previews["o-1~1"].outcome is Outcome.RECOVERED


def test_currency_and_identity_stand_where_the_contract_says_unless_the_rule_does() -> None:
    steps = [{"cast": {"path": "/data/cents", "to": "minor_units"}}, {"regenerate": {}}]
    elsewhere = [
        {"cast": {"path": "/data/cents", "to": "minor_units", "currency": "/data/other"}},
        {"regenerate": {"path": "/data/token"}},
    ]
    match = {"cause": "schema_violation"}
    body = an_order(cents="12.5", currency="KWD", other="USD", order_token="nonsense")

    found, other = (
        repaired(RepairRule.model_validate({"name": "r", "version": 1, "match": match, "steps": one}), body)
        for one in (steps, elsewhere)
    )

    assert isinstance(found, dict)
    assert isinstance(other, dict)
    assert (found["cents"], found["order_token"]) == (12500, None)
    assert (other["cents"], other["order_token"], other["token"]) == (1250, "nonsense", None)


@pytest.mark.parametrize(
    ("rule", "body"),
    [
        ("total-as-text", an_order(total=129.90)),
        ("currency-in-capitals", an_order(currency="eur")),
        ("unusable-order-token", an_order(order_token="nonsense")),
    ],
)
def test_the_rules_of_the_example_repair_what_they_fit(rule: str, body: str) -> None:
    rejection = read_event(body, ORDERS)
    assert isinstance(rejection, Rejection)

    entry = an_entry(body, rejection.cause, rejection.detail)

    assert isinstance(read_event(read_rules(RULES)[rule].body_of(entry, ORDERS), ORDERS), Event)


def test_a_rule_of_another_contract_does_not_apply() -> None:
    rule = RepairRule.model_validate(
        {
            "name": "r",
            "version": 1,
            "match": {"cause": "schema_violation"},
            "steps": [{"cast": {"path": "/client/billing/rate_minor", "to": "integer"}}],
        }
    )

    with pytest.raises(DoesNotApply):
        rule.body_of(an_entry(an_order()), ORDERS)


def test_a_document_that_others_wrote_is_shown_whatever_it_holds() -> None:
    held = a_record("A-1", fields={"buyer": b"\x00", "total": object, "currency": None}, identity=None)

    assert '"order_token": null' in shown_document(held, ORDERS)
