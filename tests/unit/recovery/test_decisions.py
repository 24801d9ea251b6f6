"""Every rule of `reclaim.recovery.decisions`, one at a time. What orders and batches do to them is in test_order_of_arrival."""

from __future__ import annotations

import json

import pytest

from reclaim.model.identity import derive_identity
from reclaim.model.message import Message
from reclaim.model.outcome import Cause, Outcome
from reclaim.model.record import Billing, Origin, Record, Recovery, WriteKind
from reclaim.recovery.decisions import Decision, Judge, Known, read_cases
from tests.builders import KEY, NOW, RUN, a_body, a_message, a_record, a_recovery, an_event, superseded

DERIVED = derive_identity("cl_1", KEY)
CARRIED = derive_identity("made by somebody else", KEY)


def decide(
    *messages: Message,
    there: Record | None = None,
    owners: dict[str, str] | None = None,
    open_runs: tuple[str, ...] = (),
) -> list[Decision]:
    known = Known({there.record_key: there} if there else {}, owners or {}, open_runs)
    return Judge(KEY, RUN, NOW).decide(read_cases(messages), known)


def test_a_body_that_is_no_event_is_quarantined_with_its_cause() -> None:
    (decision,) = decide(a_message("{"))

    assert (decision.outcome, decision.cause) == (Outcome.QUARANTINED, Cause.MALFORMED_JSON)
    assert decision.write is None


def test_a_new_client_is_created_with_the_derived_id() -> None:
    (decision,) = decide(a_message(a_body("cl_1"), "m-1"))

    assert (decision.outcome, decision.cause) == (Outcome.RECOVERED, Cause.MISSING_ID)
    assert decision.write is not None
    assert decision.write.kind is WriteKind.CREATE
    assert decision.write.record == a_record(
        source_event_id="evt_cl_1_0",
        recovery=Recovery(RUN, "m-1", occurred_at=NOW, recovered_at=NOW, origin=Origin.REGENERATED),
    )


def test_a_new_client_keeps_the_id_that_its_event_carries() -> None:
    (decision,) = decide(a_message(a_body("cl_1", tracking_id=CARRIED)))

    assert (decision.outcome, decision.cause) == (Outcome.RECOVERED, Cause.CARRIED_ID)
    assert decision.write is not None
    assert decision.write.record.identity == CARRIED
    assert decision.write.recovery.origin is Origin.CARRIED


def test_an_id_that_belongs_to_another_client_is_not_given_away() -> None:
    (decision,) = decide(a_message(a_body("cl_1", tracking_id=CARRIED)), owners={CARRIED: "cl_9"})

    assert (decision.outcome, decision.cause) == (Outcome.QUARANTINED, Cause.ID_CONFLICT)
    assert decision.write is None


def test_two_clients_of_one_batch_cannot_carry_the_same_id() -> None:
    earlier = a_message(a_body("cl_2", second=0, tracking_id=CARRIED), "m-2")
    later = a_message(a_body("cl_1", second=1, tracking_id=CARRIED), "m-1")

    assert outcomes(decide(later, earlier)) == {
        "m-2": (Outcome.RECOVERED, Cause.CARRIED_ID),
        "m-1": (Outcome.QUARANTINED, Cause.ID_CONFLICT),
    }


def test_the_very_message_that_brought_the_client_is_recovered_and_writes_nothing() -> None:
    there = a_record(recovery=a_recovery("m-1", run_id="a run that died"))

    (decision,) = decide(a_message(a_body(), "m-1"), there=there)

    assert (decision.outcome, decision.cause) == (Outcome.RECOVERED, Cause.MISSING_ID)
    assert decision.write is None


def test_a_message_that_took_places_before_it_died_still_tells_whose() -> None:
    there = a_record(recovery=a_recovery("m-1", superseded=(superseded("m-9"),)))

    (decision,) = decide(a_message(a_body(), "m-1"), there=there)

    assert decision.superseded == (superseded("m-9"),)


@pytest.mark.parametrize("run_id", [RUN, "another open run"])
def test_an_earlier_event_takes_the_place_of_a_later_one_while_that_ones_run_is_open(run_id: str) -> None:
    there = a_record(recovery=a_recovery("m-2", run_id=run_id, second=5))

    (decision,) = decide(a_message(a_body(second=0), "m-1"), there=there, open_runs=("another open run",))

    assert decision.outcome is Outcome.RECOVERED
    assert decision.write is not None
    assert decision.write.kind is WriteKind.SUPERSEDE
    assert decision.write.record.identity == there.identity
    assert decision.superseded == (superseded("m-2", Outcome.DUPLICATE),)


def test_what_loses_its_place_to_a_disagreeing_event_is_a_conflict() -> None:
    there = a_record(name="Beta Talent", recovery=a_recovery("m-2", second=5))

    (decision,) = decide(a_message(a_body(second=0), "m-1"), there=there)

    assert decision.superseded == (superseded("m-2", Outcome.QUARANTINED),)
    assert decision.write is not None
    assert decision.write.record.name == "Acme Staffing"


def test_of_two_events_of_one_moment_the_message_id_decides() -> None:
    there = a_record(recovery=a_recovery("m-2", second=0))

    (lower,) = decide(a_message(a_body(second=0), "m-1"), there=there)
    (higher,) = decide(a_message(a_body(second=0), "m-3"), there=there)

    assert (lower.outcome, higher.outcome) == (Outcome.RECOVERED, Outcome.DUPLICATE)


def test_a_run_that_gave_its_account_keeps_its_place() -> None:
    there = a_record(recovery=a_recovery("m-2", run_id="a closed run", second=5))

    (decision,) = decide(a_message(a_body(second=0), "m-1"), there=there)

    assert (decision.outcome, decision.cause) == (Outcome.DUPLICATE, Cause.ALREADY_RECOVERED)
    assert decision.judged_by is None


def test_an_earlier_event_that_wants_another_id_takes_no_place() -> None:
    there = a_record(recovery=a_recovery("m-2", second=5))

    (decision,) = decide(a_message(a_body(second=0, tracking_id=CARRIED), "m-1"), there=there)

    assert (decision.outcome, decision.cause) == (Outcome.QUARANTINED, Cause.ID_CONFLICT)
    assert decision.write is None


def test_an_earlier_event_that_disagrees_with_a_client_that_was_there_before_takes_no_place() -> None:
    there = a_record(recovery=a_recovery("m-2", second=5, before={"_id": "cl_1"}))

    (decision,) = decide(a_message(a_body(second=0, name="Beta Talent"), "m-1"), there=there)

    assert (decision.outcome, decision.cause) == (Outcome.QUARANTINED, Cause.RECORD_CONFLICT)


def test_the_image_from_before_goes_with_the_place() -> None:
    before = {"_id": "cl_1", "name": "Acme Staffing"}
    there = a_record(recovery=a_recovery("m-2", second=5, before=before), source_event_id="evt_of_old")

    (decision,) = decide(a_message(a_body(second=0), "m-1"), there=there)

    assert decision.before == before
    assert decision.write is not None
    assert decision.write.record.source_event_id == "evt_of_old"


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"name": "Acme Staffing GmbH"}, "name"),
        ({"billing": Billing("cpa", 1251, "USD")}, "billing"),
        ({"billing": Billing("cpa", 1250, "EUR")}, "billing"),
        ({"billing": Billing("cpc", 1250, "USD")}, "billing"),
        ({"billing": None}, "billing"),
        ({"name": "x", "billing": None}, "name and billing"),
    ],
)
@pytest.mark.parametrize("tracking_id", [DERIVED, None])
def test_another_name_or_billing_is_a_conflict_whether_the_client_has_its_id_or_not(
    change: dict[str, object], word: str, identity: str | None
) -> None:
    (decision,) = decide(a_message(), there=a_record(identity=identity, **change))

    assert (decision.outcome, decision.cause) == (Outcome.QUARANTINED, Cause.RECORD_CONFLICT)
    assert decision.detail == f"the client already exists with another {word}"
    assert decision.write is None


def test_another_country_is_no_conflict() -> None:
    (decision,) = decide(a_message(), there=a_record(country="DE"))

    assert decision.outcome is Outcome.DUPLICATE


def test_an_existing_id_is_never_changed_by_a_carried_one() -> None:
    (decision,) = decide(a_message(a_body(tracking_id=CARRIED)), there=a_record())

    assert (decision.outcome, decision.cause) == (Outcome.QUARANTINED, Cause.ID_CONFLICT)


@pytest.mark.parametrize("said", [None, CARRIED])
def test_an_existing_id_is_never_changed_by_the_derived_one(said: str | None) -> None:
    (decision,) = decide(a_message(a_body(tracking_id=said)), there=a_record(identity=CARRIED))

    assert (decision.outcome, decision.cause) == (Outcome.DUPLICATE, Cause.ALREADY_RECOVERED)
    assert decision.write is None


def test_a_client_without_its_id_gets_one_and_nothing_else_of_it_changes() -> None:
    document = {"_id": "cl_1", "name": "Acme Staffing", "segment": "enterprise"}
    there = a_record(identity=None, country="DE", source_event_id="evt_of_old", document=document)

    (decision,) = decide(a_message(a_body(country="US")), there=there)

    assert (decision.outcome, decision.cause) == (Outcome.RECOVERED, Cause.MISSING_ID)
    assert decision.write is not None
    assert decision.write.kind is WriteKind.ATTACH
    written = decision.write.record
    assert (written.country, written.source_event_id, written.identity) == ("DE", "evt_of_old", DERIVED)
    assert decision.before == document


def test_agreeing_events_of_one_batch_are_one_recovery_and_duplicates() -> None:
    messages = [a_message(a_body(second=second), f"m-{second}") for second in (2, 0, 1)]

    assert outcomes(decide(*messages)) == {
        "m-0": (Outcome.RECOVERED, Cause.MISSING_ID),
        "m-1": (Outcome.DUPLICATE, Cause.ALREADY_RECOVERED),
        "m-2": (Outcome.DUPLICATE, Cause.ALREADY_RECOVERED),
    }


def test_a_bad_message_does_not_touch_its_neighbours() -> None:
    broken = an_event("cl_1") | {"schema_version": 2}

    decisions = decide(a_message("\x00"), a_message(a_body("cl_1"), "m-1"), a_message(json.dumps(broken)))

    assert outcomes(decisions)["m-1"] == (Outcome.RECOVERED, Cause.MISSING_ID)
    assert len(decisions) == 3


def outcomes(decisions: list[Decision]) -> dict[str, tuple[Outcome, Cause]]:
    return {decision.message_id: (decision.outcome, decision.cause) for decision in decisions}
