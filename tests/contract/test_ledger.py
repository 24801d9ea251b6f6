"""`reclaim.ports.Ledger`: in MongoDB and in memory (I1, I2, I3)."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import pytest
from pymongo.database import Database

from reclaim.adapters.memory.ledger import MemoryLedger
from reclaim.adapters.mongo.ledger import MongoLedger
from reclaim.model.ledger import LedgerEntry, Mention, Resolution, ResolutionKind
from reclaim.model.message import MessageAttribute, ReleasedFrom
from reclaim.model.outcome import Cause, Outcome
from reclaim.ports import Ledger
from tests.builders import CONTRACT, NOW, RUN, a_delivery, a_message, a_settlement, at
from tests.contract.conftest import Store

RECOVERED = (Outcome.RECOVERED, Cause.MISSING_ID)
DUPLICATE = (Outcome.DUPLICATE, Cause.ALREADY_RECOVERED)
CONFLICT = (Outcome.QUARANTINED, Cause.RECORD_CONFLICT)


@pytest.fixture
def ledger(store: Store) -> Ledger:
    return store.ledger


def the(ledger: Ledger, message_id: str = "m-1") -> LedgerEntry:
    return ledger.find([message_id])[message_id]


def recorded(ledger: Ledger, *message_ids: str) -> None:
    ledger.record([a_message(message_id=one) for one in message_ids or ("m-1",)], a_delivery(), NOW)


def outcome_of(entry: LedgerEntry) -> tuple[Outcome | None, Cause | None]:
    return entry.outcome, entry.cause


# --- record --------------------------------------------------------------------------------------------------


def test_a_message_is_written_down_whole(ledger: Ledger) -> None:
    message = replace(
        a_message('{"a": "\x00 \ud7ff 😀 \\ud800"} $where a.b', "m-1"),
        message_attributes=(MessageAttribute("trace.id", "String", "$x"), MessageAttribute("b", "Binary", b"\x00\xff")),
        attributes={"SenderId": "me", "DeadLetterQueueSourceArn": "arn:aws:sqs:…"},
    )

    found = ledger.record([message], a_delivery(), at(1))

    assert (found.fresh, found.settled) == ((message,), ())
    assert the(ledger) == LedgerEntry(
        message_id="m-1",
        run_id=RUN,
        delivery_id="d-1",
        queue="dlq",
        contract="client_created",
        body=message.body,
        body_sha256=message.body_sha256,
        receive_count=1,
        attempts=1,
        steps={"sent": message.sent_at, "received": NOW, "recorded": at(1)},
        attributes=message.attributes,
        message_attributes=message.message_attributes,
    )


def test_recording_the_same_delivery_again_is_no_further_attempt(ledger: Ledger) -> None:
    recorded(ledger)
    found = ledger.record([a_message(message_id="m-1")], a_delivery(), at(9))

    assert [message.message_id for message in found.fresh] == ["m-1"]
    assert the(ledger).attempts == 1
    assert the(ledger).steps["recorded"] == NOW


def test_another_delivery_of_an_open_message_owns_it_from_then_on(ledger: Ledger) -> None:
    recorded(ledger)
    message = replace(a_message(message_id="m-1", receive_count=2), received_at=at(5))

    found = ledger.record([message], a_delivery("d-2", "run-2"), at(6))

    assert found.fresh == (message,)
    entry = the(ledger)
    assert (entry.run_id, entry.delivery_id, entry.receive_count, entry.attempts) == ("run-2", "d-2", 2, 2)
    assert (entry.steps["received"], entry.steps["recorded"]) == (at(5), at(6))


def test_a_settled_message_is_set_apart_and_left_as_it_is(ledger: Ledger) -> None:
    recorded(ledger, "m-1", "m-2")
    ledger.settle([a_settlement("m-1")], a_delivery(), at(2))
    before = the(ledger)

    found = ledger.record([a_message(message_id=f"m-{n}") for n in (1, 2, 3)], a_delivery("d-2", "run-2"), at(6))

    assert [message.message_id for message in found.settled] == ["m-1"]
    assert [message.message_id for message in found.fresh] == ["m-2", "m-3"]
    assert the(ledger) == before


def test_a_deferred_message_that_comes_back_is_open_again(ledger: Ledger) -> None:
    recorded(ledger)
    ledger.defer([a_settlement("m-1", Outcome.DEFERRED, Cause.HALTED, detail="stopped")], a_delivery(), at(2))

    ledger.record([a_message(message_id="m-1", receive_count=2)], a_delivery("d-2"), at(6))

    entry = the(ledger)
    assert (entry.outcome, entry.cause, entry.detail, entry.attempts) == (None, None, "", 2)
    assert "deferred" not in entry.steps


def test_a_message_that_comes_with_another_body_is_handled_with_the_one_that_was_written_down_first(
    ledger: Ledger,
) -> None:
    ledger.record([a_message("first", "m-1~1")], a_delivery(), NOW)

    for _ in range(2):  # tried again after a lost answer, too
        found = ledger.record([a_message("second", "m-1~1"), a_message("its own", "m-2")], a_delivery("d-2"), at(5))

        assert [(message.message_id, message.body) for message in found.fresh] == [
            ("m-1~1", "first"),
            ("m-2", "its own"),
        ]
    assert the(ledger, "m-1~1").body == "first"


def test_a_released_message_says_where_it_comes_from(ledger: Ledger) -> None:
    origin = ReleasedFrom("m-1", "ann", "rule", "a" * 64, "whole-rate", 3)
    ledger.record([replace(a_message(message_id="m-1~1"), released_from=origin)], a_delivery(), NOW)
    recorded(ledger, "m-2")

    assert the(ledger, "m-1~1").released_from == origin
    assert the(ledger, "m-2").released_from is None


def test_recording_nothing_finds_nothing(ledger: Ledger) -> None:
    found = ledger.record([], a_delivery(), NOW)

    assert (found.fresh, found.settled) == ((), ())


# --- settle --------------------------------------------------------------------------------------------------


def test_an_outcome_is_written_with_all_that_is_known(ledger: Ledger) -> None:
    recorded(ledger)
    settlement = a_settlement("m-1", detail="why", before={"_id": "cl_1", "n": 1}, envelope="sns", currency="JPY")

    entries = ledger.settle([settlement], a_delivery(), at(3))

    assert entries["m-1"].is_settled
    entry = the(ledger)
    assert outcome_of(entry) == (Outcome.RECOVERED, Cause.MISSING_ID)
    for part in (
        "detail",
        "record_key",
        "event_id",
        "occurred_at",
        "envelope",
        "rate_minor",
        "currency",
        "before",
        "wrote",
    ):
        assert getattr(entry, part) == getattr(settlement, part)
    assert (entry.steps["decided"], entry.steps["written"], entry.steps["settled"]) == (at(1), at(2), at(3))


def test_an_outcome_is_final(ledger: Ledger) -> None:
    recorded(ledger)
    ledger.settle([a_settlement("m-1")], a_delivery(), at(3))

    entries = ledger.settle([a_settlement("m-1", *DUPLICATE)], a_delivery("d-2", "run-2"), at(4))

    assert outcome_of(entries["m-1"]) == (Outcome.RECOVERED, Cause.MISSING_ID)
    assert (entries["m-1"].delivery_id, entries["m-1"].run_id) == ("d-1", RUN)
    assert the(ledger).steps["settled"] == at(3)


def test_a_deferred_message_can_still_be_settled(ledger: Ledger) -> None:
    recorded(ledger)
    ledger.defer([a_settlement("m-1", Outcome.DEFERRED, Cause.STORE_UNAVAILABLE)], a_delivery(), at(2))

    assert ledger.settle([a_settlement("m-1")], a_delivery(), at(3))["m-1"].is_settled


def test_what_was_never_recorded_is_not_settled_and_does_not_disturb(ledger: Ledger) -> None:
    recorded(ledger)

    entries = ledger.settle([a_settlement("m-9"), a_settlement("m-1")], a_delivery(), at(3))

    assert set(entries) == {"m-1"}


def test_the_largest_amount_is_kept_to_the_unit(ledger: Ledger) -> None:
    recorded(ledger)
    ledger.settle([a_settlement("m-1", rate_minor=2**63 - 1)], a_delivery(), at(3))

    assert the(ledger).rate_minor == 2**63 - 1
    assert type(the(ledger).rate_minor) is int


# --- final ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("was", [RECOVERED, DUPLICATE, CONFLICT])
@pytest.mark.parametrize("delivery_id", ["d-1", "d-2"])
def test_a_settled_outcome_never_changes_whatever_is_done_to_it(
    ledger: Ledger, was: tuple[Outcome, Cause], delivery_id: str
) -> None:
    recorded(ledger)
    ledger.settle([a_settlement("m-1", *was)], a_delivery(), at(3))
    before = the(ledger)

    for outcome, cause in (RECOVERED, DUPLICATE, CONFLICT):
        delivery = a_delivery(delivery_id, "run-2")
        found = ledger.record([a_message("another body", "m-1", receive_count=2)], delivery, at(4))
        assert [message.message_id for message in found.settled] == ["m-1"]
        ledger.settle([a_settlement("m-1", outcome, cause, detail="another", record_key="cl_9")], delivery, at(5))
        ledger.defer([a_settlement("m-1", Outcome.DEFERRED, Cause.HALTED)], delivery, at(6))
        assert the(ledger) == before


# --- defer, delete -------------------------------------------------------------------------------------------


def test_a_deferral_says_why(ledger: Ledger) -> None:
    recorded(ledger)
    ledger.defer([a_settlement("m-1", Outcome.DEFERRED, Cause.HALTED, detail="stopped")], a_delivery(), at(2))

    entry = the(ledger)
    assert (*outcome_of(entry), entry.detail, entry.steps["deferred"]) == (
        Outcome.DEFERRED,
        Cause.HALTED,
        "stopped",
        at(2),
    )


def test_a_settled_message_is_not_deferred(ledger: Ledger) -> None:
    recorded(ledger)
    ledger.settle([a_settlement("m-1")], a_delivery(), at(2))
    before = the(ledger)

    ledger.defer([a_settlement("m-1", Outcome.DEFERRED, Cause.HALTED)], a_delivery("d-2"), at(3))

    assert the(ledger) == before


def test_the_deletion_is_noted_and_of_the_unknown_nothing(ledger: Ledger) -> None:
    recorded(ledger)
    ledger.mark_deleted(["m-1", "m-9"], at(4))

    assert the(ledger).steps["deleted"] == at(4)
    assert ledger.find(["m-9"]) == {}


# --- find ----------------------------------------------------------------------------------------------------


def test_a_run_is_what_it_settled_or_deferred_in_the_order_of_the_messages(ledger: Ledger) -> None:
    recorded(ledger, "m-3", "m-1", "m-2", "m-4", "m-5")
    ledger.settle([a_settlement("m-3"), a_settlement("m-1", *DUPLICATE)], a_delivery(), at(2))
    ledger.defer([a_settlement("m-2", Outcome.DEFERRED, Cause.HALTED)], a_delivery(), at(2))
    ledger.settle([a_settlement("m-5")], a_delivery("d-2", "run-2"), at(2))

    assert [entry.message_id for entry in ledger.of_run(RUN)] == ["m-1", "m-2", "m-3"]
    assert next(iter(ledger.of_run(RUN))).body
    assert ledger.count(RUN) == {
        (Outcome.RECOVERED, Cause.MISSING_ID): 1,
        DUPLICATE: 1,
        (Outcome.DEFERRED, Cause.HALTED): 1,
    }
    assert ledger.count("no run") == {}


def test_the_entries_of_a_record_are_those_that_name_it_in_the_order_of_receipt(ledger: Ledger) -> None:
    messages = [replace(a_message(message_id=f"m-{n}"), received_at=at(10 - n)) for n in range(3)]
    ledger.record(messages, a_delivery(), NOW)
    ledger.settle([a_settlement(f"m-{n}", record_key="cl_7") for n in range(3)], a_delivery(), at(20))

    assert [entry.message_id for entry in ledger.of_record("cl_7", CONTRACT.name)] == ["m-2", "m-1", "m-0"]
    assert ledger.of_record("cl_8", CONTRACT.name) == []


def test_only_entries_that_exist_are_found(ledger: Ledger) -> None:
    recorded(ledger)

    assert set(ledger.find(["m-1", "m-2"])) == {"m-1"}
    assert ledger.find([]) == {}


# --- mentions ------------------------------------------------------------------------------------------------

SENT = at(-3600)


def settled(store: Store, message_id: str, outcome: Outcome, cause: Cause, **of: Any) -> None:  # noqa: ANN401
    """A message with this outcome; `of` says which run, queue or contract it is of."""
    delivery = replace(a_delivery(f"d-{message_id}"), **of)
    store.ledger.record([a_message(message_id=message_id)], delivery, NOW)
    settlement = a_settlement(message_id, outcome, cause)
    if outcome is Outcome.DEFERRED:
        store.ledger.defer([settlement], delivery, NOW)
    else:
        store.ledger.settle([settlement], delivery, NOW)


def mentions(store: Store, run_id: str | None = None, contract: str = CONTRACT.name) -> list[Mention]:
    return list(store.ledger.mentions("dlq", contract, run_id))


def test_entries_with_an_outcome_are_mentions(store: Store) -> None:
    settled(store, "m-1", *RECOVERED)
    settled(store, "m-2", Outcome.DEFERRED, Cause.HALTED)
    recorded(store.ledger, "m-3", "m-4")
    no_record = a_settlement("m-4", Outcome.QUARANTINED, Cause.MALFORMED_JSON, record_key=None)
    store.ledger.settle([no_record], a_delivery(), NOW)

    assert set(mentions(store)) == {
        Mention("cl_1", *RECOVERED, SENT),
        Mention("cl_1", Outcome.DEFERRED, Cause.HALTED, SENT),
        Mention(None, Outcome.QUARANTINED, Cause.MALFORMED_JSON, SENT),
    }


def test_mentions_are_of_one_queue_and_of_one_run_where_one_is_named(store: Store) -> None:
    settled(store, "m-1", *RECOVERED)
    settled(store, "m-2", *CONFLICT, run_id="run-2")
    settled(store, "m-3", Outcome.QUARANTINED, Cause.SCHEMA_VIOLATION, queue="another")

    assert mentions(store, RUN) == [Mention("cl_1", *RECOVERED, SENT)]
    assert {mention.cause for mention in mentions(store)} == {Cause.MISSING_ID, Cause.RECORD_CONFLICT}


def test_what_was_resolved_since_is_no_mention(store: Store) -> None:
    settled(store, "m-1", *CONFLICT)
    store.resolutions.resolve([Resolution("m-1", ResolutionKind.DISCARDED, "run-2", NOW, "ann")])

    assert mentions(store) == []


# --- two contracts -------------------------------------------------------------------------------------------


def test_two_contracts_in_one_ledger_do_not_see_each_other(store: Store) -> None:
    """The same record key in both, in the same queue."""
    settled(store, "m-1", *RECOVERED)
    settled(store, "m-2", *CONFLICT, contract="order_created", run_id="run-2")

    for contract, message_id, outcome in (
        (CONTRACT.name, "m-1", RECOVERED),
        ("order_created", "m-2", CONFLICT),
    ):
        assert [entry.message_id for entry in store.ledger.of_record("cl_1", contract)] == [message_id]
        assert mentions(store, contract=contract) == [Mention("cl_1", *outcome, SENT)]
        assert store.ledger.find([message_id])[message_id].contract == contract
    assert mentions(store, RUN, "order_created") == []
    assert store.ledger.of_record("cl_1", "another") == []


def test_an_open_message_is_of_the_contract_that_received_it_last(ledger: Ledger) -> None:
    """It may have been received from the wrong queue before."""
    recorded(ledger)

    ledger.record([a_message(message_id="m-1")], replace(a_delivery("d-2"), contract="order_created"), at(1))

    assert the(ledger).contract == "order_created"


# --- both alike -------------------------------------------------------------------------------------------------


@pytest.mark.stack
@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_done_to_both_they_hold_the_same(database: Database[dict[str, Any]], seed: int) -> None:
    real, memory = MongoLedger(database), MemoryLedger()
    for second, call in enumerate(whatever_comes(Random(seed), steps=60)):  # noqa: S311
        answers = [call(ledger, second) for ledger in (real, memory)]

        assert answers[0] == answers[1]
    ids = [f"m-{number}" for number in range(5)]
    assert real.find(ids) == memory.find(ids)
    for run_id in ("run-1", "run-2"):
        assert list(real.of_run(run_id)) == list(memory.of_run(run_id))
        assert real.count(run_id) == memory.count(run_id)


def whatever_comes(rng: Random, steps: int) -> list[Any]:
    """Calls on five messages by four deliveries of two runs; each answers what both ledgers must agree on."""

    def a_call() -> Any:  # noqa: ANN401
        ids = rng.sample([f"m-{number}" for number in range(5)], rng.randint(1, 3))
        delivery = a_delivery(f"d-{rng.randint(1, 2)}", f"run-{rng.randint(1, 2)}")
        outcome, cause = rng.choice([RECOVERED, DUPLICATE, CONFLICT])
        messages = [a_message("{", one, receive_count=rng.randint(1, 9)) for one in ids]
        return rng.choice(
            [
                lambda ledger, second: ledger.record(messages, delivery, at(second)),
                lambda ledger, second: {
                    one: (e.is_settled, e.outcome, e.cause, e.delivery_id)
                    for one, e in ledger.settle(
                        [a_settlement(one, outcome, cause) for one in ids], delivery, at(second)
                    ).items()
                },
                lambda ledger, second: ledger.defer(
                    [a_settlement(one, Outcome.DEFERRED, Cause.HALTED) for one in ids], delivery, at(second)
                ),
                lambda ledger, second: ledger.mark_deleted(ids, at(second)),
            ]
        )

    return [a_call() for _ in range(steps)]
