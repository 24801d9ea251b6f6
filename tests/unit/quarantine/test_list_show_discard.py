"""Listing, showing and writing off."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import pytest
from rich.console import Console

from reclaim.cli import quarantine_views as views
from reclaim.exposure.money_at_risk import UnchargedMoney
from reclaim.model.errors import UsageError
from reclaim.model.ledger import Resolution, ResolutionKind
from reclaim.model.outcome import Cause, Outcome
from reclaim.model.run import RunState
from reclaim.quarantine.discarding import Discarding
from reclaim.quarantine.edits import NewBody
from reclaim.quarantine.plan import preview_decisions
from reclaim.quarantine.rules import RepairRule
from reclaim.quarantine.selection import MessageFilter
from reclaim.quarantine.showing import MessageDetails, show_message
from tests.builders import CONTRACT, KEY, NOW, a_body, a_message, a_record, at
from tests.unit.quarantine.quarantine_world import QuarantineWorld


def applied(world: QuarantineWorld, number: int, record_key: str, amount: int, currency: str = "USD") -> None:
    world.applications.put(
        {
            "_id": f"app-{number}",
            "client_id": record_key,
            "applied_at": NOW,
            "amount_minor": amount,
            "currency": currency,
        }
    )


def discarding_of(world: QuarantineWorld, reason: str = "not ours") -> Discarding:
    return Discarding(
        CONTRACT,
        **world.store,
        records=world.records,
        applications=world.applications,
        runs=world.runs,
        clock=world.clock,
        operator="ann",
        reason=reason,
    )


def shown(world: QuarantineWorld, message_id: str = "m-1", *rules: RepairRule) -> MessageDetails:
    return show_message(
        message_id, rules, CONTRACT, ledger=world.ledger, records=world.records, key=KEY, clock=world.clock
    )


# --- list ----------------------------------------------------------------------------------------------------


def test_what_is_open_is_grouped_by_cause_with_the_money_that_waits() -> None:
    world = QuarantineWorld()
    for number in range(5):
        world.quarantine("{}", message_id=f"m-{number}", record_key=f"cl_{number % 2}")
    world.quarantine("", Cause.MALFORMED_JSON, message_id="m-9")
    applied(world, 1, "cl_0", 1250)
    applied(world, 2, "cl_0", 1000)
    applied(world, 3, "cl_1", 5, "JPY")

    listing = world.listing()

    first, second = listing.groups
    assert (listing.total, first.cause, first.count, second.count) == (6, Cause.SCHEMA_VIOLATION, 5, 1)
    assert first.money == {
        "JPY": UnchargedMoney(records=1, applications=1, amount_minor=5),
        "USD": UnchargedMoney(records=1, applications=2, amount_minor=2250),
    }
    assert (len(first.messages), first.oldest_sent_at) == (3, at(-3600))
    whole = world.listing(whole=True)
    assert len(whole.groups[0].messages) == 5


# --- show ----------------------------------------------------------------------------------------------------


def test_a_conflict_is_shown_against_the_record_that_it_meets() -> None:
    world = QuarantineWorld()
    world.records.put(a_record("cl_1", name="Held"))
    world.quarantine(a_body("cl_1"), Cause.RECORD_CONFLICT)

    found = shown(world)

    assert found.decision.cause is Cause.RECORD_CONFLICT
    changed = [line for line in found.difference if line[:1] in "+-"]
    assert changed[:4] == ["--- received", "+++ MongoDB holds", '-  "name": "Acme Staffing",', '+  "name": "Held",']


def test_what_could_go_now_is_shown_as_it_would_be_written() -> None:
    world = QuarantineWorld()
    world.quarantine(a_body("cl_1"), Cause.RECORD_CONFLICT)  # and the other record is gone since

    found = shown(world)

    assert found.decision.outcome is Outcome.RECOVERED
    assert any("trk_" in line for line in found.difference)
    assert found.as_dict()["as_it_is"]["writes"]["record_key"] == "cl_1"
    assert world.records.all() == []


def test_the_whole_history_is_shown_from_any_of_its_entries() -> None:
    world = QuarantineWorld()
    world.quarantine(a_body())
    plan = world.plan(NewBody("[]"), "m-1")
    world.record(plan.planned[0].message)
    world.resolutions.resolve([Resolution("m-1", ResolutionKind.RELEASED, "run-2", NOW, "ann", became="m-1~1")])

    for message_id in ("m-1", "m-1~1"):
        assert [entry.message_id for entry in shown(world, message_id).history] == ["m-1", "m-1~1"]


def test_the_rules_that_fit_it_are_named() -> None:
    world = QuarantineWorld()
    world.quarantine(a_body())
    match = {"cause": "schema_violation"}
    rules = [
        RepairRule.model_validate({"name": name, "version": 1, "match": match, "steps": [{"remove": {"path": path}}]})
        for name, path in (("good", "/client/name"), ("bad", "/client/nothing"))
    ]

    assert shown(world, "m-1", *rules).rules == ("good",)


def test_an_unknown_message_cannot_be_shown() -> None:
    with pytest.raises(UsageError, match="has no message m-1"):
        shown(QuarantineWorld())


def test_nothing_in_a_message_can_drive_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    hostile = "\x1b[2J\x1b]0;owned\x07 [bold red]markup[/] \u202e"
    world = QuarantineWorld()
    body = json.dumps({"Type": "Notification", "TopicArn": hostile, "Message": a_body("cl_1", name=hostile)})
    world.quarantine(body, Cause.RECORD_CONFLICT, detail=hostile, record_key="cl_1")
    world.records.put(a_record("cl_1", name="\x1b[31m"))
    screen = io.StringIO()
    monkeypatch.setattr(views, "Console", lambda **_: Console(file=screen, width=200, force_terminal=False))

    views.show_details(shown(world), CONTRACT)
    edit = NewBody(f"{hostile} no JSON")
    plan = world.plan(edit, "m-1", operator=hostile)
    messages = [one.message for one in plan.planned]
    previews = preview_decisions(messages, world.records, CONTRACT, KEY, world.clock)
    views.show_plan(plan, previews, CONTRACT)
    views.show_listing(world.listing(whole=True), CONTRACT, NOW, whole=True)
    views.show_discard_plan(discarding_of(world).plan(MessageFilter(("m-1",))))

    text = screen.getvalue()
    assert {"\x1b", "\x07", "\u202e"}.isdisjoint(text)
    assert "[bold red]markup[/]" in text


# --- discard -------------------------------------------------------------------------------------------------


def test_a_write_off_is_kept_as_a_run_with_what_it_costs() -> None:
    world = QuarantineWorld()
    world.quarantine("{}", Cause.UNSUPPORTED_EVENT_TYPE, message_id="m-1", record_key="cl_1")
    world.quarantine("{}", Cause.UNSUPPORTED_EVENT_TYPE, message_id="m-2", record_key="cl_1")
    for number, amount in enumerate((1250, 1000)):
        applied(world, number, "cl_1", amount)
    discarding = discarding_of(world)

    run = discarding.make(discarding.plan(MessageFilter(cause=Cause.UNSUPPORTED_EVENT_TYPE)))

    assert world.runs.get(run.run_id) == run
    assert (run.kind, run.state, run.operator, run.reason) == ("discard", RunState.COMPLETED, "ann", "not ours")
    assert (run.counts, run.causes) == ({"discarded": 2}, {"unsupported_event_type": 2})
    assert run.money == {"USD": {"records": 1, "applications": 2, "amount_minor": 2250}}
    assert run.parameters == {"messages": ["m-1", "m-2"]}
    resolution = world.the("m-1").resolution
    assert resolution is not None
    assert (resolution.kind, resolution.reason) == (ResolutionKind.DISCARDED, "not ours")
    assert world.the("m-1").body == "{}"
    assert discarding.plan(MessageFilter(("m-1",))).dealt_with == (world.the("m-1"),)


@pytest.mark.parametrize("known", ["another message", "an identity"])
def test_money_that_can_still_be_attributed_is_not_written_off(known: str) -> None:
    world = QuarantineWorld()
    world.quarantine("{}", message_id="m-1", record_key="cl_1")
    applied(world, 1, "cl_1", 1250)
    if known == "another message":
        world.quarantine("{}", message_id="m-2", record_key="cl_1")
    else:
        world.records.put(a_record("cl_1"))

    assert discarding_of(world).plan(MessageFilter(("m-1",))).money == {}


def test_what_is_resolved_meanwhile_is_neither_written_off_nor_counted() -> None:
    world = QuarantineWorld()
    for number in (1, 2):
        world.quarantine("{}", message_id=f"m-{number}", record_key=f"cl_{number}")
        applied(world, number, f"cl_{number}", 1250)
    discarding = discarding_of(world)
    plan = discarding.plan(MessageFilter(("m-1", "m-2")))
    world.resolutions.resolve([Resolution("m-1", ResolutionKind.RELEASED, "run-9", NOW, "bob")])

    run = discarding.make(plan)

    assert run.counts == {"discarded": 1}
    assert run.money == {"USD": {"records": 1, "applications": 1, "amount_minor": 1250}}


def test_a_message_whose_release_was_begun_cannot_be_written_off() -> None:
    world = QuarantineWorld()
    world.quarantine("{}")
    world.record(replace(a_message("{}", "m-1~1")))

    plan = discarding_of(world).plan(MessageFilter(("m-1",)))

    assert (plan.entries, [entry.message_id for entry in plan.begun]) == ((), ["m-1"])


def test_a_write_off_needs_a_reason() -> None:
    with pytest.raises(UsageError, match="needs a reason"):
        discarding_of(QuarantineWorld(), reason=" ")
