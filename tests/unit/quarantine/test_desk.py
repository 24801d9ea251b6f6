"""Listing, showing and writing off."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import pytest
from rich.console import Console

from reclaim.cli import quarantine_previews as previews
from reclaim.cli import quarantine_views as views
from reclaim.exposure.money_at_risk import Money
from reclaim.model.errors import UsageError
from reclaim.model.ledger import Resolution, ResolutionKind
from reclaim.model.outcome import Cause, Outcome
from reclaim.model.run import RunState
from reclaim.quarantine.edits import NewBody
from reclaim.quarantine.listing import list_open
from reclaim.quarantine.plan import foresee, plan_release
from reclaim.quarantine.rules import RepairRule
from reclaim.quarantine.selection import Wanted
from reclaim.quarantine.showing import Shown, show_message
from reclaim.quarantine.writing_off import WritingOff
from tests.builders import KEY, NOW, a_body, a_message, a_record, at
from tests.unit.quarantine.desk import Desk


def applied(desk: Desk, number: int, record_key: str, amount: int, currency: str = "USD") -> None:
    desk.applications.put(
        {
            "_id": f"app-{number}",
            "client_id": record_key,
            "applied_at": NOW,
            "amount_minor": amount,
            "currency": currency,
        }
    )


def writing_off(desk: Desk, reason: str = "not ours") -> WritingOff:
    return WritingOff(
        **desk.store,
        records=desk.records,
        applications=desk.applications,
        runs=desk.runs,
        clock=desk.clock,
        operator="ann",
        reason=reason,
    )


def shown(desk: Desk, message_id: str = "m-1", *rules: RepairRule) -> Shown:
    return show_message(
        message_id, rules, ledger=desk.ledger, records=desk.records, runs=desk.runs, key=KEY, clock=desk.clock
    )


# --- list ----------------------------------------------------------------------------------------------------


def test_what_is_open_is_grouped_by_cause_with_the_money_that_waits() -> None:
    desk = Desk()
    for number in range(5):
        desk.quarantine("{}", message_id=f"m-{number}", record_key=f"cl_{number % 2}")
    desk.quarantine("", Cause.MALFORMED_JSON, message_id="m-9")
    applied(desk, 1, "cl_0", 1250)
    applied(desk, 2, "cl_0", 1000)
    applied(desk, 3, "cl_1", 5, "JPY")

    listing = list_open(desk.resolutions.open_quarantine(), desk.records, desk.applications)

    first, second = listing.groups
    assert (listing.total, first.cause, first.count, second.count) == (6, Cause.SCHEMA_VIOLATION, 5, 1)
    assert first.money == {
        "JPY": Money(records=1, applications=1, amount_minor=5),
        "USD": Money(records=1, applications=2, amount_minor=2250),
    }
    assert (len(first.messages), first.oldest_sent_at) == (3, at(-3600))
    whole = list_open(desk.resolutions.open_quarantine(), desk.records, desk.applications, whole=True)
    assert len(whole.groups[0].messages) == 5


# --- show ----------------------------------------------------------------------------------------------------


def test_a_conflict_is_shown_against_whom_it_meets() -> None:
    desk = Desk()
    desk.records.put(a_record("cl_1", name="Held"))
    desk.quarantine(a_body("cl_1"), Cause.RECORD_CONFLICT)

    found = shown(desk)

    assert found.decision.cause is Cause.RECORD_CONFLICT
    changed = [line for line in found.difference if line[:1] in "+-"]
    assert changed[:4] == ["--- received", "+++ MongoDB holds", '-  "name": "Acme Staffing",', '+  "name": "Held",']


def test_what_could_go_now_is_shown_as_it_would_be_written() -> None:
    desk = Desk()
    desk.quarantine(a_body("cl_1"), Cause.RECORD_CONFLICT)  # and the other client is gone since

    found = shown(desk)

    assert found.decision.outcome is Outcome.RECOVERED
    assert any("trk_" in line for line in found.difference)
    assert found.as_dict()["as_it_is"]["writes"]["client_id"] == "cl_1"
    assert desk.records.all() == []


def test_the_whole_history_is_shown_from_any_of_its_entries() -> None:
    desk = Desk()
    desk.quarantine(a_body())
    plan = plan_release(Wanted(("m-1",)), NewBody("[]"), **desk.store, operator="ann", clock=desk.clock)
    desk.record(plan.planned[0].message)
    desk.resolutions.resolve([Resolution("m-1", ResolutionKind.RELEASED, "run-2", NOW, "ann", became="m-1~1")])

    for message_id in ("m-1", "m-1~1"):
        assert [entry.message_id for entry in shown(desk, message_id).history] == ["m-1", "m-1~1"]


def test_the_rules_that_mend_it_are_named() -> None:
    desk = Desk()
    desk.quarantine(a_body())
    match = {"cause": "schema_violation"}
    rules = [
        RepairRule.model_validate({"name": name, "version": 1, "match": match, "steps": [{"remove": {"path": path}}]})
        for name, path in (("good", "/client/name"), ("bad", "/client/nothing"))
    ]

    assert shown(desk, "m-1", *rules).rules == ("good",)


def test_an_unknown_message_cannot_be_shown() -> None:
    with pytest.raises(UsageError, match="has no message m-1"):
        shown(Desk())


def test_nothing_in_a_message_can_drive_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    hostile = "\x1b[2J\x1b]0;owned\x07 [bold red]markup[/] \u202e"
    desk = Desk()
    body = json.dumps({"Type": "Notification", "TopicArn": hostile, "Message": a_body("cl_1", name=hostile)})
    desk.quarantine(body, Cause.RECORD_CONFLICT, detail=hostile, record_key="cl_1")
    desk.records.put(a_record("cl_1", name="\x1b[31m"))
    screen = io.StringIO()
    for module in (views, previews):
        monkeypatch.setattr(module, "Console", lambda **_: Console(file=screen, width=200, force_terminal=False))

    views.show_shown(shown(desk))
    edit = NewBody(f"{hostile} no JSON")
    plan = plan_release(Wanted(("m-1",)), edit, **desk.store, operator=hostile, clock=desk.clock)
    messages = [one.message for one in plan.planned]
    previews.show_plan(plan, foresee(messages, records=desk.records, runs=desk.runs, key=KEY, clock=desk.clock))
    views.show_listing(list_open(desk.resolutions.open_quarantine(), desk.records, desk.applications), NOW, whole=True)
    previews.show_write_off(writing_off(desk).plan(Wanted(("m-1",))))

    text = screen.getvalue()
    assert {"\x1b", "\x07", "\u202e"}.isdisjoint(text)
    assert "[bold red]markup[/]" in text


# --- discard -------------------------------------------------------------------------------------------------


def test_a_write_off_is_kept_as_a_run_with_what_it_costs() -> None:
    desk = Desk()
    desk.quarantine("{}", Cause.UNSUPPORTED_EVENT_TYPE, message_id="m-1", record_key="cl_1")
    desk.quarantine("{}", Cause.UNSUPPORTED_EVENT_TYPE, message_id="m-2", record_key="cl_1")
    for number, amount in enumerate((1250, 1000)):
        applied(desk, number, "cl_1", amount)
    desk_ = writing_off(desk)

    run = desk_.make(desk_.plan(Wanted(cause=Cause.UNSUPPORTED_EVENT_TYPE)))

    assert desk.runs.get(run.run_id) == run
    assert (run.kind, run.state, run.operator, run.reason) == ("discard", RunState.COMPLETED, "ann", "not ours")
    assert (run.counts, run.causes) == ({"discarded": 2}, {"unsupported_event_type": 2})
    assert run.money == {"USD": {"clients": 1, "applications": 2, "amount_minor": 2250}}
    assert run.parameters == {"messages": ["m-1", "m-2"]}
    resolution = desk.the("m-1").resolution
    assert resolution is not None
    assert (resolution.kind, resolution.reason) == (ResolutionKind.DISCARDED, "not ours")
    assert desk.the("m-1").body == "{}"
    assert desk_.plan(Wanted(("m-1",))).dealt_with == (desk.the("m-1"),)


@pytest.mark.parametrize("known", ["another message", "a tracking ID"])
def test_money_that_can_still_be_attributed_is_not_written_off(known: str) -> None:
    desk = Desk()
    desk.quarantine("{}", message_id="m-1", record_key="cl_1")
    applied(desk, 1, "cl_1", 1250)
    if known == "another message":
        desk.quarantine("{}", message_id="m-2", record_key="cl_1")
    else:
        desk.records.put(a_record("cl_1"))

    assert writing_off(desk).plan(Wanted(("m-1",))).money == {}


def test_what_somebody_else_deals_with_meanwhile_is_neither_written_off_nor_counted() -> None:
    desk = Desk()
    for number in (1, 2):
        desk.quarantine("{}", message_id=f"m-{number}", record_key=f"cl_{number}")
        applied(desk, number, f"cl_{number}", 1250)
    desk_ = writing_off(desk)
    plan = desk_.plan(Wanted(("m-1", "m-2")))
    desk.resolutions.resolve([Resolution("m-1", ResolutionKind.RELEASED, "run-9", NOW, "bob")])

    run = desk_.make(plan)

    assert run.counts == {"discarded": 1}
    assert run.money == {"USD": {"clients": 1, "applications": 1, "amount_minor": 1250}}


def test_a_message_whose_release_was_begun_cannot_be_written_off() -> None:
    desk = Desk()
    desk.quarantine("{}")
    desk.record(replace(a_message("{}", "m-1~1")))

    plan = writing_off(desk).plan(Wanted(("m-1",)))

    assert (plan.entries, [entry.message_id for entry in plan.begun]) == ((), ["m-1"])


def test_a_write_off_needs_a_reason() -> None:
    with pytest.raises(UsageError, match="needs a reason"):
        writing_off(Desk(), reason=" ")
