from __future__ import annotations

from dataclasses import replace

import pytest

from reclaim.model.errors import QueueUnavailable, StoreUnavailable, UsageError
from reclaim.model.ledger import Resolution, ResolutionKind
from reclaim.model.message import MessageAttribute, QueueDepth
from reclaim.model.outcome import Cause, Outcome
from reclaim.quarantine import selection
from reclaim.quarantine.edits import AsIs, Edit, NewBody, read_patch
from reclaim.quarantine.plan import Plan, foresee, plan_release
from reclaim.quarantine.release_queue import ReleaseQueue
from reclaim.quarantine.releasing import ReleaseOrder, released_id
from reclaim.quarantine.rules import RepairRule
from reclaim.quarantine.selection import Wanted, select
from tests.builders import KEY, NOW, a_body, a_message, a_record, a_settlement
from tests.unit.quarantine.desk import Desk

RENAME = read_patch('{"client": {"name": "Beta"}}')


def planned(desk: Desk, edit: Edit, *message_ids: str, cause: Cause | None = None) -> Plan:
    return plan_release(Wanted(message_ids, cause), edit, **desk.store, operator="ann", clock=desk.clock)


def queue_of(desk: Desk, edit: Edit, *message_ids: str) -> ReleaseQueue:
    order = ReleaseOrder(
        queue="dlq", message_ids=message_ids, edit=edit, run_id="run-2", operator="ann", reason="INC-1"
    )
    return ReleaseQueue(order, desk.ledger, desk.resolutions, desk.clock)


# --- which messages ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after"),
    [("m-1", "m-1~1"), ("m-1~1", "m-1~2"), ("m-1~9", "m-1~10"), ("m~a", "m~a~1"), ("~1", "~1~1"), ("m~0", "m~0~1")],
)
def test_the_id_of_what_is_released_follows_from_what_it_is_made_of(before: str, after: str) -> None:
    assert released_id(before) == after


def test_a_cause_is_all_that_is_open_of_it() -> None:
    desk = Desk()
    for number in range(3):
        desk.quarantine("", Cause.MALFORMED_JSON, message_id=f"m-{number}")
    desk.quarantine("{}", Cause.SCHEMA_VIOLATION, message_id="m-9")
    desk.resolutions.resolve([Resolution("m-1", ResolutionKind.DISCARDED, "run-2", NOW, "ann")])

    found = select(Wanted(cause=Cause.MALFORMED_JSON), desk.ledger, desk.resolutions)

    assert [entry.message_id for entry in found.open] == ["m-0", "m-2"]


def test_messages_that_were_dealt_with_are_told_apart_and_each_is_taken_once() -> None:
    desk = Desk()
    desk.quarantine("", message_id="m-1")
    desk.quarantine("", message_id="m-2")
    desk.resolutions.resolve([Resolution("m-1", ResolutionKind.RELEASED, "run-2", NOW, "ann", became="m-1~1")])

    found = select(Wanted(("m-2", "m-1", "m-2")), desk.ledger, desk.resolutions)

    assert [entry.message_id for entry in found.open] == ["m-2"]
    assert [entry.message_id for entry in found.dealt_with] == ["m-1"]


def test_no_more_than_can_be_dealt_with_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk()
    for number in range(5):
        desk.quarantine("x" * 100, Cause.MALFORMED_JSON, message_id=f"m-{number}")
    wanted = Wanted(cause=Cause.MALFORMED_JSON)

    monkeypatch.setattr(selection, "MAX_MESSAGES", 3)
    few = select(wanted, desk.ledger, desk.resolutions)
    monkeypatch.setattr(selection, "_MAX_CHARACTERS", 250)
    small = select(wanted, desk.ledger, desk.resolutions)

    assert (len(few.open), few.more) == (3, True)
    assert (len(small.open), small.more) == (2, True)


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        (Wanted(), "either message IDs or a cause"),
        (Wanted(("m-1",), Cause.MALFORMED_JSON), "either message IDs or a cause"),
        (Wanted(("m-1", "unheard-of")), "has no message unheard-of"),
        (Wanted(("done",)), "Message done is not in quarantine: it is recovered"),
        (Wanted(("open",)), "Message open is not in quarantine: it is not settled yet"),
        (Wanted(cause=Cause.SCHEMA_VIOLATION), "several queues: dlq, other"),
    ],
)
def test_what_cannot_be_chosen_is_refused(wanted: Wanted, sentence: str) -> None:
    desk = Desk()
    desk.quarantine("{}", message_id="m-1")
    desk.quarantine("{}", message_id="m-2", queue="other")
    desk.quarantine("{}", Cause.RECORD_CONFLICT, message_id="done")
    desk.ledger.put(replace(desk.the("done"), outcome=Outcome.RECOVERED))
    desk.record(a_message(message_id="open"))

    with pytest.raises(UsageError, match=sentence):
        select(wanted, desk.ledger, desk.resolutions)


# --- what a release would do ---------------------------------------------------------------------------------


def test_a_released_message_is_the_original_with_another_body() -> None:
    desk = Desk()
    attributes = (MessageAttribute("trace", "String", "x"),)
    desk.record(replace(a_message(a_body(), "m-1"), message_attributes=attributes))
    entry = desk.quarantine(a_body(), Cause.RECORD_CONFLICT)

    (one,) = planned(desk, RENAME, "m-1").planned

    assert one.message.message_id == "m-1~1"
    assert one.message.body == a_body(name="Beta").replace(", ", ",").replace(": ", ":")
    assert (one.message.sent_at, one.message.message_attributes) == (entry.steps["sent"], attributes)
    origin = one.message.released_from
    assert origin is not None
    assert (origin.message_id, origin.operator, origin.edit) == ("m-1", "ann", "merge_patch")
    assert origin.edit_sha256 == RENAME.label.sha256


def test_a_rule_leaves_what_it_does_not_fit_and_a_patch_refuses_to() -> None:
    desk = Desk()
    desk.quarantine(a_body(), message_id="m-1")
    desk.quarantine("[1]", message_id="m-2")
    step = {"remove": {"path": "/client/name"}}
    rule = RepairRule.model_validate(
        {"name": "r", "version": 1, "match": {"cause": "schema_violation"}, "steps": [step]}
    )

    plan = planned(desk, rule, cause=Cause.SCHEMA_VIOLATION)

    assert (plan.message_ids, [entry.message_id for entry, _ in plan.left]) == (("m-1",), ["m-2"])
    assert plan.parameters()["rule"]["steps"] == [step]
    with pytest.raises(UsageError, match="does not apply to message m-2"):
        planned(desk, read_patch('[{"op": "remove", "path": "/client/name"}]'), cause=Cause.SCHEMA_VIOLATION)


@pytest.mark.parametrize("body", ["x" * (2**20 + 1), "\ud800"])
def test_a_body_that_no_queue_or_store_could_hold_is_refused(body: str) -> None:
    desk = Desk()
    desk.quarantine(a_body())

    with pytest.raises(UsageError, match="does not apply to message m-1: what comes of it"):
        planned(desk, NewBody(body), "m-1")


def test_what_was_begun_is_planned_as_it_was_begun() -> None:
    desk = Desk()
    desk.quarantine("no JSON", Cause.MALFORMED_JSON)
    desk.record(planned(desk, NewBody(a_body(name="First")), "m-1").planned[0].message)

    (one,) = planned(desk, RENAME, "m-1").planned  # which could not even be applied

    assert one.message.body == a_body(name="First")
    assert one.begun == desk.the("m-1~1")
    assert one.message.released_from is not None
    assert one.message.released_from.edit == "new_body"


def test_the_pipeline_is_asked_what_it_would_decide_and_nothing_is_written() -> None:
    desk = Desk()
    desk.records.put(a_record("cl_1", name="Held"))
    desk.quarantine(a_body("cl_1"), Cause.RECORD_CONFLICT, message_id="m-1")
    desk.quarantine(a_body("cl_2"), Cause.RECORD_CONFLICT, message_id="m-2")
    before = desk.ledger.all()

    plan = planned(desk, AsIs(), "m-1", "m-2")
    messages = [one.message for one in plan.planned]
    found = foresee(messages, records=desk.records, runs=desk.runs, key=KEY, clock=desk.clock)

    assert (found["m-1~1"].cause, found["m-2~1"].cause) == (Cause.RECORD_CONFLICT, Cause.MISSING_ID)
    assert (desk.ledger.all(), len(desk.records.all())) == (before, 1)


# --- the queue -----------------------------------------------------------------------------------------------


def test_every_message_is_handed_out_once_and_is_done_when_it_is_deleted() -> None:
    desk = Desk()
    for number in range(3):
        desk.quarantine(a_body(), message_id=f"m-{number}")
    queue = queue_of(desk, RENAME, "m-0", "m-1", "m-2")

    first, second = queue.receive(2, 1, 30), queue.receive(2, 1, 30)

    assert [message.message_id for message in (*first, *second)] == ["m-0~1", "m-1~1", "m-2~1"]
    assert queue.receive(2, 1, 30) == []
    assert queue.depth() == QueueDepth(visible=0, in_flight=3, delayed=0)
    assert queue.delete([message.receipt for message in first]) == []
    assert queue.hide({second[0].receipt: 0}) == []
    assert queue.depth().total == 1
    resolution = desk.the("m-0").resolution
    assert resolution is not None
    assert (resolution.kind, resolution.became, resolution.run_id) == (ResolutionKind.RELEASED, "m-0~1", "run-2")
    assert desk.the("m-2").is_open


def test_what_was_dealt_with_or_changed_since_the_plan_is_passed_over() -> None:
    desk = Desk()
    for number in range(3):
        desk.quarantine(a_body() if number else "no JSON", message_id=f"m-{number}")
    desk.resolutions.resolve([Resolution("m-1", ResolutionKind.DISCARDED, "run-9", NOW, "bob")])
    queue = queue_of(desk, RENAME, "m-0", "m-1", "unheard-of", "m-2")

    assert [message.message_id for message in queue.receive(2, 1, 30)] == ["m-2~1"]
    assert queue.depth() == QueueDepth(visible=0, in_flight=1, delayed=0)


def test_an_original_that_somebody_else_resolved_meanwhile_is_not_confirmed() -> None:
    desk = Desk()
    desk.quarantine(a_body())
    queue = queue_of(desk, RENAME, "m-1")
    (message,) = queue.receive(10, 1, 30)
    desk.resolutions.resolve([Resolution("m-1", ResolutionKind.DISCARDED, "run-9", NOW, "bob")])

    assert queue.delete([message.receipt]) == ["m-1~1"]
    assert queue.depth().total == 0


def test_a_store_that_is_away_loses_nobody_in_line(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk()
    desk.quarantine(a_body())
    queue = queue_of(desk, RENAME, "m-1")

    def away(_: object) -> None:
        raise StoreUnavailable("MongoDB does not answer.")

    with monkeypatch.context() as patch:
        patch.setattr(desk.ledger, "find", away)
        with pytest.raises(QueueUnavailable, match="MongoDB does not answer"):
            queue.receive(10, 1, 30)

    assert [message.message_id for message in queue.receive(10, 1, 30)] == ["m-1~1"]


def test_the_settled_half_of_a_release_that_died_is_handed_out_to_be_finished() -> None:
    desk = Desk()
    desk.quarantine(a_body())
    (message,) = queue_of(desk, RENAME, "m-1").receive(10, 1, 30)
    desk.quarantine(message.body, message_id="m-1~1")
    desk.ledger.put(replace(desk.the("m-1~1"), outcome=a_settlement("m-1~1").outcome))

    (again,) = queue_of(desk, AsIs(), "m-1").receive(10, 1, 30)

    assert (again.message_id, again.body) == ("m-1~1", message.body)
