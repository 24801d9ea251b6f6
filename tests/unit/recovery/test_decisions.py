"""Every rule of `reclaim.recovery.decisions`, one at a time. Orders and batches are in test_order_of_arrival."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest

from reclaim.contracts.contract import Contract
from reclaim.model.message import Message
from reclaim.model.outcome import Cause, Outcome
from reclaim.model.record import Origin, Record, Recovery, WriteKind
from reclaim.recovery.decisions import LATER_STANDS, Decision, DecisionEngine, Known, read_cases
from tests.builders import (
    BILLING,
    CONTRACT,
    KEY,
    NOW,
    RUN,
    a_body,
    a_message,
    a_record,
    a_recovery,
    an_event,
    at,
    derived,
)
from tests.orders import ORDERS, an_order

CARRIED = derived("made by another program")
NOTHING_STANDS = "billing.rate_minor (nothing stands, 1250 here), billing.currency (nothing stands, USD here)"


def decide(
    *messages: Message,
    there: Record | None = None,
    owners: dict[str, str] | None = None,
    contract: Contract = CONTRACT,
) -> list[Decision]:
    known = Known({there.record_key: there} if there else {}, owners or {})
    return DecisionEngine(contract, KEY, RUN, NOW).decide(read_cases(messages, contract), known)


def outcomes(decisions: list[Decision]) -> dict[str, tuple[Outcome, Cause]]:
    return {decision.message_id: (decision.outcome, decision.cause) for decision in decisions}


def test_a_body_that_is_no_event_is_quarantined_with_its_cause() -> None:
    (decision,) = decide(a_message("{"))

    assert (decision.outcome, decision.cause) == (Outcome.QUARANTINED, Cause.MALFORMED_JSON)
    assert decision.write is None


# --- a record that is not there yet --------------------------------------------------------------------------


def test_a_new_record_is_created_with_the_derived_identity() -> None:
    (decision,) = decide(a_message(a_body("cl_1"), "m-1"))

    assert (decision.outcome, decision.cause) == (Outcome.RECOVERED, Cause.MISSING_ID)
    assert decision.write is not None
    assert decision.write.kind is WriteKind.CREATE
    assert decision.write.record == a_record(
        source_event_id="evt_cl_1_0",
        recovery=Recovery(RUN, "m-1", occurred_at=NOW, recovered_at=NOW, origin=Origin.REGENERATED),
    )


def test_a_new_record_keeps_the_identity_that_its_event_carries() -> None:
    (decision,) = decide(a_message(a_body("cl_1", tracking_id=CARRIED)))

    assert (decision.outcome, decision.cause) == (Outcome.RECOVERED, Cause.CARRIED_ID)
    assert decision.write is not None
    assert decision.write.record.identity == CARRIED
    assert decision.write.recovery.origin is Origin.CARRIED


def test_an_identity_that_belongs_to_another_record_is_not_given_away() -> None:
    (decision,) = decide(a_message(a_body("cl_1", tracking_id=CARRIED)), owners={CARRIED: "cl_9"})

    assert (decision.outcome, decision.cause) == (Outcome.QUARANTINED, Cause.ID_CONFLICT)
    assert decision.detail == "the tracking ID belongs to another client"
    assert decision.write is None


def test_two_records_of_one_batch_cannot_carry_the_same_identity() -> None:
    earlier = a_message(a_body("cl_2", second=0, tracking_id=CARRIED), "m-2")
    later = a_message(a_body("cl_1", second=1, tracking_id=CARRIED), "m-1")

    assert outcomes(decide(later, earlier)) == {
        "m-2": (Outcome.RECOVERED, Cause.CARRIED_ID),
        "m-1": (Outcome.QUARANTINED, Cause.ID_CONFLICT),
    }


def test_the_very_message_that_brought_the_record_is_recovered_and_writes_nothing() -> None:
    there = a_record(recovery=a_recovery("m-1", run_id="a run that died", before={"name": "before"}))

    (decision,) = decide(a_message(a_body(), "m-1"), there=there)

    assert (decision.outcome, decision.cause) == (Outcome.RECOVERED, Cause.MISSING_ID)
    assert decision.write is None
    assert decision.before == {"name": "before"}


# --- a record that is there: what was written first stands ---------------------------------------------------


@pytest.mark.parametrize("run_id", [RUN, "another run"])
@pytest.mark.parametrize("second", [-5, 0, 5])
def test_an_event_that_agrees_is_a_duplicate_whether_it_happened_earlier_or_later(run_id: str, second: float) -> None:
    there = a_record(recovery=a_recovery("m-2", run_id=run_id))

    (decision,) = decide(a_message(a_body(second=second), "m-1"), there=there)

    assert (decision.outcome, decision.cause) == (Outcome.DUPLICATE, Cause.ALREADY_RECOVERED)
    assert decision.write is None


@pytest.mark.parametrize("run_id", [RUN, "another run"])
@pytest.mark.parametrize("second", [-5, 0, 5])
def test_an_event_that_disagrees_is_quarantined_whether_it_happened_earlier_or_later(
    run_id: str, second: float
) -> None:
    there = a_record(name="Beta Talent", recovery=a_recovery("m-2", run_id=run_id))

    (decision,) = decide(a_message(a_body(second=second), "m-1"), there=there)

    assert (decision.outcome, decision.cause) == (Outcome.QUARANTINED, Cause.RECORD_CONFLICT)
    assert decision.write is None


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"name": "Acme Staffing GmbH"}, "name"),
        ({"billing": {**BILLING, "rate_minor": 1251}}, "billing.rate_minor (1251 stands, 1250 here)"),
        ({"billing": {**BILLING, "currency": "EUR"}}, "billing.currency (EUR stands, USD here)"),
        ({"billing": {**BILLING, "model": "cpc"}}, "billing.model"),
        ({"billing": {**BILLING, "rate_minor": None, "currency": None}}, NOTHING_STANDS),
        ({"billing": None}, f"billing.model, {NOTHING_STANDS}"),
        (
            {"name": "x", "billing": {**BILLING, "rate_minor": True}},
            "name, billing.rate_minor (True stands, 1250 here)",
        ),
    ],
)
@pytest.mark.parametrize("identity", [derived(), None])
def test_a_conflict_names_both_events_their_times_and_the_fields_that_differ(
    change: dict[str, Any], fields: str, identity: str | None
) -> None:
    (decision,) = decide(a_message(a_body(second=1)), there=a_record(identity=identity, **change))

    assert (decision.outcome, decision.cause) == (Outcome.QUARANTINED, Cause.RECORD_CONFLICT)
    assert decision.detail == (
        "the client was created by event evt_1 of 2026-11-20T08:15:30.123Z;"
        f" this is event evt_cl_1_1 of 2026-11-20T08:15:31.123Z. They differ in {fields}"
    )
    assert decision.write is None


@pytest.mark.parametrize(("second", "marked"), [(-1, True), (0, False), (1, False)])
def test_a_conflict_says_when_the_event_that_stands_is_the_later(second: float, *, marked: bool) -> None:
    (decision,) = decide(a_message(a_body(second=second, name="Beta Talent")), there=a_record())

    assert decision.detail.endswith(f"They differ in name. {LATER_STANDS}") is marked


@pytest.mark.parametrize(
    ("known", "words"),
    [
        ({"source_event_id": None, "created_at": None}, "by an unknown event; this is"),
        ({"source_event_id": "", "created_at": "2026-11-20"}, "by an unknown event; this is"),
        ({"source_event_id": 7, "created_at": at(9)}, "by event 7 of 2026-11-20T08:15:39.123Z; this is"),
        ({"source_event_id": "\x1b[2J\n" + "x" * 500}, f"by event \ufffd[2J {'x' * 123}… of 2026"),
    ],
)
def test_a_conflict_with_a_record_of_another_program_says_what_is_known_of_it(
    known: dict[str, Any], words: str
) -> None:
    (decision,) = decide(a_message(), there=a_record(name="Beta Talent", **known))

    assert words in decision.detail


def test_amounts_are_compared_as_numbers_and_shown_as_they_came() -> None:
    first, same, other = (
        a_message(an_order("A-1", total=total), f"m-{number}") for number, total in enumerate(("129.9", "129.90", "5"))
    )

    decisions = decide(first, same, other, contract=ORDERS)

    assert [decision.cause for decision in decisions] == [
        Cause.MISSING_ID,
        Cause.ALREADY_RECOVERED,
        Cause.RECORD_CONFLICT,
    ]
    assert "the order was created by" in decisions[2].detail
    assert decisions[2].detail.endswith("They differ in total (129.9 stands, 5 here)")


@pytest.mark.parametrize("total", [None, "", "much", True, [], {"$numberDecimal": "129.90"}, 129.9])
def test_an_amount_of_another_program_that_is_no_decimal_number_is_a_conflict(total: object) -> None:
    there = Record("A-1", {"buyer": "Buyer 1", "total": total, "currency": "EUR"}, "ot_" + "0" * 26)

    (decision,) = decide(a_message(an_order("A-1", total="129.90")), there=there, contract=ORDERS)

    assert decision.cause is Cause.RECORD_CONFLICT


def test_a_field_that_need_not_agree_is_no_conflict() -> None:
    (decision,) = decide(a_message(), there=a_record(country="DE"))

    assert decision.outcome is Outcome.DUPLICATE


def test_fields_of_the_document_that_the_contract_does_not_name_are_no_conflict() -> None:
    (decision,) = decide(a_message(), there=a_record(billing={**BILLING, "discount": 5}))

    assert decision.outcome is Outcome.DUPLICATE


# --- an identity is never changed ----------------------------------------------------------------------------


def test_an_existing_identity_is_never_changed_by_a_carried_one() -> None:
    (decision,) = decide(a_message(a_body(tracking_id=CARRIED)), there=a_record())

    assert (decision.outcome, decision.cause) == (Outcome.QUARANTINED, Cause.ID_CONFLICT)
    assert decision.detail == "the client already has another tracking ID"


@pytest.mark.parametrize("carried", [None, CARRIED])
def test_an_existing_identity_is_never_changed_by_the_derived_one(carried: str | None) -> None:
    (decision,) = decide(a_message(a_body(tracking_id=carried)), there=a_record(identity=CARRIED))

    assert (decision.outcome, decision.cause) == (Outcome.DUPLICATE, Cause.ALREADY_RECOVERED)
    assert decision.write is None


def test_a_record_without_its_identity_gets_one_and_nothing_else_of_it_changes() -> None:
    document = {"_id": "cl_1", "name": "Acme Staffing", "segment": "enterprise"}
    there = a_record(identity=None, country="DE", source_event_id="evt_of_old", document=document)

    (decision,) = decide(a_message(a_body(country="US")), there=there)

    assert (decision.outcome, decision.cause) == (Outcome.RECOVERED, Cause.MISSING_ID)
    assert decision.write is not None
    assert decision.write.kind is WriteKind.ATTACH
    written = decision.write.record
    assert (written.fields["country"], written.source_event_id, written.identity) == ("DE", "evt_of_old", derived())
    assert decision.before == document


# --- one batch -----------------------------------------------------------------------------------------------


def test_within_a_batch_the_earliest_event_is_written_and_those_that_agree_are_duplicates() -> None:
    messages = [a_message(a_body(second=second), f"m-{second}") for second in (2, 0, 1)]

    assert outcomes(decide(*messages)) == {
        "m-0": (Outcome.RECOVERED, Cause.MISSING_ID),
        "m-1": (Outcome.DUPLICATE, Cause.ALREADY_RECOVERED),
        "m-2": (Outcome.DUPLICATE, Cause.ALREADY_RECOVERED),
    }


def test_of_two_events_of_one_moment_in_a_batch_the_message_id_decides() -> None:
    higher, lower = a_message(a_body(name="Beta Talent"), "m-2"), a_message(a_body(), "m-1")

    assert outcomes(decide(higher, lower)) == {
        "m-1": (Outcome.RECOVERED, Cause.MISSING_ID),
        "m-2": (Outcome.QUARANTINED, Cause.RECORD_CONFLICT),
    }


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (None, CARRIED, [Cause.MISSING_ID, Cause.ID_CONFLICT]),
        (CARRIED, None, [Cause.CARRIED_ID, Cause.ALREADY_RECOVERED]),
    ],
)
def test_events_of_a_batch_that_want_different_identities_are_decided_by_age(
    first: str | None, second: str | None, expected: list[Cause]
) -> None:
    messages = [
        a_message(a_body(second=1, tracking_id=second), "m-1"),
        a_message(a_body(second=0, tracking_id=first), "m-0"),
    ]

    assert [decision.cause for decision in decide(*messages)] == expected


def test_a_bad_message_does_not_touch_its_neighbours() -> None:
    broken = an_event("cl_1") | {"schema_version": 2}

    decisions = decide(a_message("\x00"), a_message(a_body("cl_1"), "m-1"), a_message(json.dumps(broken)))

    assert outcomes(decisions)["m-1"] == (Outcome.RECOVERED, Cause.MISSING_ID)
    assert len(decisions) == 3


def test_the_time_of_the_event_that_stands_is_what_counts_not_when_it_was_written() -> None:
    recovered_at = datetime.fromisoformat("2030-01-01T00:00:00Z")
    recovery = Recovery(RUN, "m-2", occurred_at=at(0), recovered_at=recovered_at, origin=Origin.REGENERATED)

    (decision,) = decide(a_message(a_body(second=5)), there=a_record(name="Beta Talent", recovery=recovery))

    assert LATER_STANDS not in decision.detail
