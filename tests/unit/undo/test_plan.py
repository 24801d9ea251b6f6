"""What can be taken back of what became of a message, and why not what cannot."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reclaim.contracts.documents import document_of, record_of, recovery_document
from reclaim.contracts.reading import read_event
from reclaim.model.event import Event
from reclaim.model.ledger import LedgerEntry, Resolution, ResolutionKind
from reclaim.model.outcome import Cause, Outcome
from reclaim.model.record import Origin, Record
from reclaim.recovery.decisions import new_record
from reclaim.undo.model import BuiltOn, KeptItem, Obstacle, Reversal, Undo, UndoEffect
from reclaim.undo.plan import UndoPlanner
from tests.builders import CONTRACT, KEY, NOW, RUN, a_body, a_record, a_recovery, at, derived
from tests.orders import ORDERS, an_order

NOTHING = BuiltOn()
OWN_ID = derived()
OTHER_ID = derived("another")
BEFORE = {
    "_id": "cl_1",
    "name": "Acme Staffing",
    "billing": {"model": "cpa", "rate_minor": 1250, "currency": "USD"},
    "note": "by hand",
    "tracking_id": "",
}


def an_entry(body: str = "", **changes: Any) -> LedgerEntry:  # noqa: ANN401
    body = body or a_body()
    values: dict[str, Any] = {
        "message_id": "m-1",
        "run_id": RUN,
        "delivery_id": "d-1",
        "queue": "dlq",
        "contract": CONTRACT.name,
        "body": body,
        "body_sha256": hashlib.sha256(body.encode()).hexdigest(),
        "receive_count": 1,
        "attempts": 1,
        "outcome": Outcome.RECOVERED,
        "cause": Cause.MISSING_ID,
        "record_key": "cl_1",
        "steps": {"received": NOW},
    }
    return LedgerEntry(**{**values, **changes})


def created(**changes: Any) -> Record:  # noqa: ANN401
    """The record as the run created it; `changes` were made to its document since."""
    written = a_record(source_event_id="evt_cl_1_0", recovery=a_recovery())
    return record_of({**document_of(written, CONTRACT), **changes}, CONTRACT)


def attached(**changes: Any) -> Record:  # noqa: ANN401
    """The record that was there before, with the identity that the run gave it."""
    given = {"tracking_id": OWN_ID, "recovery": recovery_document(a_recovery(before=BEFORE))}
    return record_of({**BEFORE, **given, **changes}, CONTRACT)


def decide(entry: LedgerEntry, record: Record | None, built: BuiltOn, key: bytes = KEY) -> Undo | KeptItem | None:
    return UndoPlanner(CONTRACT, key).decide(entry, record, built)


def obstacle(decision: object) -> Obstacle:
    assert isinstance(decision, KeptItem)
    assert decision.id == "m-1"
    assert decision.record_key == "cl_1"
    return decision.reason


def test_a_record_that_the_run_created_can_be_removed() -> None:
    decision = decide(an_entry(), created(), NOTHING)

    assert isinstance(decision, Undo)
    assert (decision.effect, decision.returns) == (UndoEffect.REMOVED, True)
    assert decision.reversal is not None
    assert (decision.reversal.now, decision.reversal.before) == (created().document, None)


def test_a_record_that_the_run_gave_an_identity_can_be_what_it_was() -> None:
    decision = decide(an_entry(before=BEFORE), attached(), NOTHING)

    assert isinstance(decision, Undo)
    assert decision.effect is UndoEffect.RESTORED
    assert decision.reversal is not None
    assert decision.reversal.before == BEFORE


def test_a_carried_identity_is_the_one_that_was_written() -> None:
    entry = an_entry(a_body(tracking_id=OTHER_ID), cause=Cause.CARRIED_ID)
    carried = recovery_document(a_recovery(origin=Origin.CARRIED))

    assert isinstance(decide(entry, created(tracking_id=OTHER_ID, recovery=carried), NOTHING), Undo)
    assert obstacle(decide(entry, created(recovery=carried), NOTHING)) is Obstacle.RECORD_CHANGED


@pytest.mark.parametrize("outcome", [Outcome.DUPLICATE, Outcome.QUARANTINED])
@pytest.mark.parametrize("record", [None, created(name="Another")])
def test_what_changed_no_record_only_goes_back(outcome: Outcome, record: Record | None) -> None:
    decision = decide(an_entry(outcome=outcome), record, BuiltOn(3, (), 3))

    assert decision == Undo("m-1", "cl_1", UndoEffect.RETURNED, returns=True)


CHANGES = st.dictionaries(
    st.sampled_from(
        ["name", "country", "billing", "tracking_id", "created_at", "source_event_id", "added", "recovery"]
    ),
    st.sampled_from([None, "", "another", 7, {"model": "cpa"}, OTHER_ID]),
    min_size=1,
)


@given(changes=CHANGES, was_there=st.booleans())
def test_whatever_is_changed_the_record_stays(changes: dict[str, Any], was_there: bool) -> None:  # noqa: FBT001
    before = BEFORE if was_there else None
    record = attached(**changes) if was_there else created(**changes)

    assert obstacle(decide(an_entry(before=before), record, NOTHING)) in (
        Obstacle.RECORD_CHANGED,
        Obstacle.RECORD_REWRITTEN,
    )


@given(missing=st.sampled_from(["name", "country", "billing", "tracking_id", "created_at", "source_event_id"]))
def test_whatever_is_missing_the_record_stays(missing: str) -> None:
    document = {name: value for name, value in created().document.items() if name != missing}

    assert obstacle(decide(an_entry(), record_of(document, CONTRACT), NOTHING)) is Obstacle.RECORD_CHANGED


def test_changed_fields_are_named_and_never_quoted() -> None:
    decision = decide(an_entry(), created(name="SECRET", note="SECRET"), NOTHING)

    assert isinstance(decision, KeptItem)
    assert decision.detail == "Its client was changed since: name, note."


def test_an_identity_of_another_key_is_a_change() -> None:
    assert obstacle(decide(an_entry(), created(), NOTHING, b"another key of thirty-two bytes!")) is (
        Obstacle.RECORD_CHANGED
    )


def test_how_it_came_about_is_a_part_of_what_must_not_have_changed() -> None:
    for recovery in (
        replace(a_recovery(), occurred_at=at(1)),
        replace(a_recovery(), origin=Origin.CARRIED),
        replace(a_recovery(), before=BEFORE),
    ):
        record = created(recovery=recovery_document(recovery))
        assert obstacle(decide(an_entry(), record, NOTHING)) is Obstacle.RECORD_CHANGED


def test_a_record_of_another_message_stays() -> None:
    other = created(recovery=recovery_document(a_recovery("m-2", "run-2")))

    assert obstacle(decide(an_entry(), other, NOTHING)) is Obstacle.RECORD_REWRITTEN


def test_what_is_built_on_stays() -> None:
    carrying = decide(an_entry(), created(), BuiltOn(2, ("run-7",), 1))
    charged = decide(an_entry(), created(), BuiltOn(charges=1))

    assert isinstance(carrying, KeptItem)
    assert carrying.detail == "2 applications of its client carry the tracking ID, given by run-7: undo that first."
    assert obstacle(carrying) is Obstacle.ATTRIBUTED
    assert obstacle(charged) is Obstacle.CHARGED


def test_a_record_that_is_as_before_needs_nothing_but_its_message_back() -> None:
    """So an undo that was killed between the record and the message is finished by the next one."""
    gone = decide(an_entry(), None, NOTHING)
    restored = decide(an_entry(before=BEFORE), record_of(BEFORE, CONTRACT), NOTHING)

    assert gone == Undo("m-1", "cl_1", UndoEffect.REMOVED, returns=True)
    assert restored == Undo("m-1", "cl_1", UndoEffect.RESTORED, returns=True)


def test_a_record_that_was_there_before_and_is_gone_was_removed_since() -> None:
    assert obstacle(decide(an_entry(before=BEFORE), None, NOTHING)) is Obstacle.RECORD_REMOVED


def test_a_body_that_is_not_what_was_received_is_not_sent() -> None:
    entry = an_entry(body_sha256="0" * 64)

    assert obstacle(decide(entry, created(), NOTHING)) is Obstacle.BODY_DAMAGED


@pytest.mark.parametrize(
    ("kind", "expected"),
    [(ResolutionKind.RELEASED, Obstacle.RELEASED), (ResolutionKind.DISCARDED, Obstacle.DISCARDED)],
)
def test_what_a_person_has_dealt_with_stays(kind: ResolutionKind, expected: Obstacle) -> None:
    entry = an_entry(outcome=Outcome.QUARANTINED, resolution=Resolution("m-1", kind, "run-9", NOW, "ann"))

    decision = decide(entry, None, NOTHING)

    assert obstacle(decision) is expected
    assert "run-9" in decision.detail  # type: ignore[union-attr]


def test_what_is_undone_is_left_alone() -> None:
    undone = Resolution("m-1", ResolutionKind.UNDONE, "undo-1", NOW, "ann")

    assert decide(an_entry(resolution=undone), created(), NOTHING) is None


@pytest.mark.parametrize("outcome", [None, Outcome.DEFERRED])
def test_a_message_that_never_left_its_queue_only_loses_its_record(outcome: Outcome | None) -> None:
    entry = an_entry(outcome=outcome, record_key=None)

    decision = decide(entry, attached(), NOTHING)

    assert isinstance(decision, Undo)
    assert (decision.record_key, decision.effect, decision.returns) == ("cl_1", UndoEffect.RESTORED, False)
    assert decide(entry, None, NOTHING) is None
    assert decide(entry, created(recovery=recovery_document(a_recovery("m-2"))), NOTHING) is None


def test_a_record_of_another_contract_is_taken_back_by_that_contract() -> None:
    body = an_order("A-1")
    event = read_event(body, ORDERS)
    assert isinstance(event, Event)
    recovery = replace(a_recovery(), occurred_at=event.occurred_at)
    written = replace(new_record(event), identity=ORDERS.identity.derive("A-1", KEY), recovery=recovery)
    document = document_of(written, ORDERS)
    entry = an_entry(body, record_key="A-1", contract=ORDERS.name)
    planner = UndoPlanner(ORDERS, KEY)

    decision = planner.decide(entry, record_of(document, ORDERS), NOTHING)
    changed = planner.decide(entry, record_of({**document, "total": "1.00"}, ORDERS), NOTHING)
    carrying = planner.decide(entry, record_of(document, ORDERS), BuiltOn(1))

    assert isinstance(decision, Undo)
    assert decision.reversal == Reversal("A-1", document, None)
    assert isinstance(changed, KeptItem)
    assert changed.detail == "Its order was changed since: total."
    assert isinstance(carrying, KeptItem)
    assert carrying.detail == "1 application of its order carries the order token."
