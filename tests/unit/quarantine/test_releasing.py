from __future__ import annotations

from dataclasses import replace

import pytest

from reclaim.model.errors import QueueUnavailable, StoreUnavailable, UsageError
from reclaim.model.ledger import Resolution, ResolutionKind
from reclaim.model.message import MessageAttribute, QueueDepth, released_id
from reclaim.model.outcome import Cause, Outcome
from reclaim.quarantine import selection
from reclaim.quarantine.edits import AsIs, Edit, NewBody, read_patch
from reclaim.quarantine.plan import preview_decisions
from reclaim.quarantine.releasing import ReleaseOrder, ReleaseQueue
from reclaim.quarantine.rules import RepairRule
from reclaim.quarantine.selection import MessageFilter, select
from tests.builders import CONTRACT, KEY, NOW, a_body, a_message, a_record, a_run, a_settlement
from tests.unit.quarantine.quarantine_world import QuarantineWorld

RENAME = read_patch('{"client": {"name": "Beta"}}')


def queue_of(world: QuarantineWorld, edit: Edit, *message_ids: str) -> ReleaseQueue:
    order = ReleaseOrder(a_run("run-2", operator="ann", reason="INC-1"), message_ids, edit)
    return ReleaseQueue(order, CONTRACT, world.ledger, world.resolutions, world.clock)


# --- which messages ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after"),
    [("m-1", "m-1~1"), ("m-1~1", "m-1~2"), ("m-1~9", "m-1~10"), ("m~a", "m~a~1"), ("~1", "~1~1"), ("m~0", "m~0~1")],
)
def test_the_id_of_what_is_released_follows_from_what_it_is_made_of(before: str, after: str) -> None:
    assert released_id(before) == after


def test_a_cause_is_all_that_is_open_of_it() -> None:
    world = QuarantineWorld()
    for number in range(3):
        world.quarantine("", Cause.MALFORMED_JSON, message_id=f"m-{number}")
    world.quarantine("{}", Cause.SCHEMA_VIOLATION, message_id="m-9")
    world.resolutions.resolve([Resolution("m-1", ResolutionKind.DISCARDED, "run-2", NOW, "ann")])

    found = select(MessageFilter(cause=Cause.MALFORMED_JSON), CONTRACT, world.ledger, world.resolutions)

    assert [entry.message_id for entry in found.open] == ["m-0", "m-2"]


def test_messages_that_were_dealt_with_are_told_apart_and_each_is_taken_once() -> None:
    world = QuarantineWorld()
    world.quarantine("", message_id="m-1")
    world.quarantine("", message_id="m-2")
    world.resolutions.resolve([Resolution("m-1", ResolutionKind.RELEASED, "run-2", NOW, "ann", became="m-1~1")])

    found = select(MessageFilter(("m-2", "m-1", "m-2")), CONTRACT, world.ledger, world.resolutions)

    assert [entry.message_id for entry in found.open] == ["m-2"]
    assert [entry.message_id for entry in found.dealt_with] == ["m-1"]


def test_no_more_than_can_be_dealt_with_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    world = QuarantineWorld()
    for number in range(5):
        world.quarantine("x" * 100, Cause.MALFORMED_JSON, message_id=f"m-{number}")
    wanted = MessageFilter(cause=Cause.MALFORMED_JSON)

    monkeypatch.setattr(selection, "MAX_MESSAGES", 3)
    few = select(wanted, CONTRACT, world.ledger, world.resolutions)
    monkeypatch.setattr(selection, "_MAX_CHARACTERS", 250)
    small = select(wanted, CONTRACT, world.ledger, world.resolutions)

    assert (len(few.open), few.more) == (3, True)
    assert (len(small.open), small.more) == (2, True)


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        (MessageFilter(), "either message IDs or a cause"),
        (MessageFilter(("m-1",), Cause.MALFORMED_JSON), "either message IDs or a cause"),
        (MessageFilter(("m-1", "unheard-of")), "has no message unheard-of"),
        (MessageFilter(("done",)), "Message done is not in quarantine: it is recovered"),
        (MessageFilter(("open",)), "Message open is not in quarantine: it is not settled yet"),
        (MessageFilter(cause=Cause.SCHEMA_VIOLATION), "several queues: dlq, other"),
    ],
)
def test_what_cannot_be_chosen_is_refused(wanted: MessageFilter, sentence: str) -> None:
    world = QuarantineWorld()
    world.quarantine("{}", message_id="m-1")
    world.quarantine("{}", message_id="m-2", queue="other")
    world.quarantine("{}", Cause.RECORD_CONFLICT, message_id="done")
    world.ledger.put(replace(world.the("done"), outcome=Outcome.RECOVERED))
    world.record(a_message(message_id="open"))

    with pytest.raises(UsageError, match=sentence):
        select(wanted, CONTRACT, world.ledger, world.resolutions)


# --- what a release would do ---------------------------------------------------------------------------------


def test_a_released_message_is_the_original_with_another_body() -> None:
    world = QuarantineWorld()
    attributes = (MessageAttribute("trace", "String", "x"),)
    world.record(replace(a_message(a_body(), "m-1"), message_attributes=attributes))
    entry = world.quarantine(a_body(), Cause.RECORD_CONFLICT)

    (one,) = world.plan(RENAME, "m-1").planned

    assert one.message.message_id == "m-1~1"
    assert one.message.body == a_body(name="Beta").replace(", ", ",").replace(": ", ":")
    assert (one.message.sent_at, one.message.message_attributes) == (entry.steps["sent"], attributes)
    origin = one.message.released_from
    assert origin is not None
    assert (origin.message_id, origin.operator, origin.edit) == ("m-1", "ann", "merge_patch")
    assert origin.edit_sha256 == RENAME.label.sha256


def test_a_rule_leaves_what_it_does_not_fit_and_a_patch_refuses_to() -> None:
    world = QuarantineWorld()
    world.quarantine(a_body(), message_id="m-1")
    world.quarantine("[1]", message_id="m-2")
    step = {"remove": {"path": "/client/name"}}
    rule = RepairRule.model_validate(
        {"name": "r", "version": 1, "match": {"cause": "schema_violation"}, "steps": [step]}
    )

    plan = world.plan(rule, cause=Cause.SCHEMA_VIOLATION)

    assert (plan.message_ids, [entry.message_id for entry, _ in plan.left]) == (("m-1",), ["m-2"])
    assert plan.parameters()["rule"]["steps"] == [step]
    with pytest.raises(UsageError, match="does not apply to message m-2"):
        world.plan(read_patch('[{"op": "remove", "path": "/client/name"}]'), cause=Cause.SCHEMA_VIOLATION)


@pytest.mark.parametrize("body", ["x" * (2**20 + 1), "\ud800"])
def test_a_body_that_no_queue_or_store_could_hold_is_refused(body: str) -> None:
    world = QuarantineWorld()
    world.quarantine(a_body())

    with pytest.raises(UsageError, match="does not apply to message m-1: its result"):
        world.plan(NewBody(body), "m-1")


def test_what_was_begun_is_planned_as_it_was_begun() -> None:
    world = QuarantineWorld()
    world.quarantine("no JSON", Cause.MALFORMED_JSON)
    world.record(world.plan(NewBody(a_body(name="First")), "m-1").planned[0].message)

    (one,) = world.plan(RENAME, "m-1").planned  # which could not even be applied

    assert one.message.body == a_body(name="First")
    assert one.begun == world.the("m-1~1")
    assert one.message.released_from is not None
    assert one.message.released_from.edit == "new_body"


def test_the_pipeline_is_asked_what_it_would_decide_and_nothing_is_written() -> None:
    world = QuarantineWorld()
    world.records.put(a_record("cl_1", name="Held"))
    world.quarantine(a_body("cl_1"), Cause.RECORD_CONFLICT, message_id="m-1")
    world.quarantine(a_body("cl_2"), Cause.RECORD_CONFLICT, message_id="m-2")
    before = world.ledger.all()

    plan = world.plan(AsIs(), "m-1", "m-2")
    messages = [one.message for one in plan.planned]
    found = preview_decisions(messages, world.records, CONTRACT, KEY, world.clock)

    assert (found["m-1~1"].cause, found["m-2~1"].cause) == (Cause.RECORD_CONFLICT, Cause.MISSING_ID)
    assert (world.ledger.all(), len(world.records.all())) == (before, 1)


# --- the queue -----------------------------------------------------------------------------------------------


def test_every_message_is_handed_out_once_and_is_done_when_it_is_deleted() -> None:
    world = QuarantineWorld()
    for number in range(3):
        world.quarantine(a_body(), message_id=f"m-{number}")
    queue = queue_of(world, RENAME, "m-0", "m-1", "m-2")

    first, second = queue.receive(2, 1, 30), queue.receive(2, 1, 30)

    assert [message.message_id for message in (*first, *second)] == ["m-0~1", "m-1~1", "m-2~1"]
    assert queue.receive(2, 1, 30) == []
    assert queue.depth() == QueueDepth(visible=0, in_flight=3, delayed=0)
    assert queue.delete([message.receipt for message in first]) == []
    assert queue.hide({second[0].receipt: 0}) == []
    assert queue.depth().total == 1
    resolution = world.the("m-0").resolution
    assert resolution is not None
    assert (resolution.kind, resolution.became, resolution.run_id) == (ResolutionKind.RELEASED, "m-0~1", "run-2")
    assert world.the("m-2").is_open


def test_what_was_dealt_with_or_changed_since_the_plan_is_passed_over() -> None:
    world = QuarantineWorld()
    for number in range(3):
        world.quarantine(a_body() if number else "no JSON", message_id=f"m-{number}")
    world.resolutions.resolve([Resolution("m-1", ResolutionKind.DISCARDED, "run-9", NOW, "bob")])
    queue = queue_of(world, RENAME, "m-0", "m-1", "unheard-of", "m-2")

    assert [message.message_id for message in queue.receive(2, 1, 30)] == ["m-2~1"]
    assert queue.depth() == QueueDepth(visible=0, in_flight=1, delayed=0)


def test_an_original_that_was_resolved_meanwhile_is_not_confirmed() -> None:
    world = QuarantineWorld()
    world.quarantine(a_body())
    queue = queue_of(world, RENAME, "m-1")
    (message,) = queue.receive(10, 1, 30)
    world.resolutions.resolve([Resolution("m-1", ResolutionKind.DISCARDED, "run-9", NOW, "bob")])

    assert queue.delete([message.receipt]) == ["m-1~1"]
    assert queue.depth().total == 0


def test_a_store_that_is_away_loses_no_message_that_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    world = QuarantineWorld()
    world.quarantine(a_body())
    queue = queue_of(world, RENAME, "m-1")

    def away(_: object) -> None:
        raise StoreUnavailable("MongoDB does not answer.")

    with monkeypatch.context() as patch:
        patch.setattr(world.ledger, "find", away)
        with pytest.raises(QueueUnavailable, match="MongoDB does not answer"):
            queue.receive(10, 1, 30)

    assert [message.message_id for message in queue.receive(10, 1, 30)] == ["m-1~1"]


def test_the_settled_half_of_a_release_that_died_is_handed_out_to_be_finished() -> None:
    world = QuarantineWorld()
    world.quarantine(a_body())
    (message,) = queue_of(world, RENAME, "m-1").receive(10, 1, 30)
    world.quarantine(message.body, message_id="m-1~1")
    world.ledger.put(replace(world.the("m-1~1"), outcome=a_settlement("m-1~1").outcome))

    (again,) = queue_of(world, AsIs(), "m-1").receive(10, 1, 30)

    assert (again.message_id, again.body) == ("m-1~1", message.body)
