"""`reclaim.ports.Resolutions`: in MongoDB and in memory."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from reclaim.model.ledger import Resolution, ResolutionKind
from reclaim.model.outcome import Cause, Outcome
from tests.builders import CONTRACT, NOW, RUN, a_delivery, a_message, a_settlement, at
from tests.contract.conftest import Store

DISCARDED = Resolution("m-1", ResolutionKind.DISCARDED, "run-2", at(5), "ann", "not ours")


def quarantined(
    store: Store, message_id: str = "m-1", cause: Cause = Cause.MALFORMED_JSON, contract: str = CONTRACT.name
) -> None:
    store.ledger.record([a_message(message_id=message_id)], replace(a_delivery(), contract=contract), NOW)
    settlement = replace(a_settlement(message_id), outcome=Outcome.QUARANTINED, cause=cause)
    store.ledger.settle([settlement], a_delivery(), NOW)


def still_open(store: Store, contract: str = CONTRACT.name, **only: Any) -> list[str]:  # noqa: ANN401
    return [entry.message_id for entry in store.resolutions.open_quarantine(contract, **only)]


def test_a_resolution_stands_beside_the_outcome(store: Store) -> None:
    quarantined(store)

    assert store.resolutions.resolve([DISCARDED]) == {"m-1"}

    entry = store.ledger.find(["m-1"])["m-1"]
    assert (entry.outcome, entry.resolution, entry.is_open) == (Outcome.QUARANTINED, DISCARDED, False)
    assert store.ledger.count(RUN) == {(Outcome.QUARANTINED, Cause.MALFORMED_JSON): 1}


def test_the_first_resolution_stays_and_its_own_repetition_is_no_error(store: Store) -> None:
    quarantined(store)
    store.resolutions.resolve([DISCARDED])

    assert store.resolutions.resolve([replace(DISCARDED, run_id="run-3")]) == frozenset()
    assert store.resolutions.resolve([DISCARDED]) == {"m-1"}

    assert store.ledger.find(["m-1"])["m-1"].resolution == DISCARDED


def test_what_is_not_settled_cannot_be_resolved(store: Store) -> None:
    store.ledger.record([a_message(message_id="m-1")], a_delivery(), NOW)

    assert store.resolutions.resolve([DISCARDED, replace(DISCARDED, message_id="unheard-of")]) == frozenset()


def test_the_quarantine_holds_what_has_not_been_resolved(store: Store) -> None:
    for message_id, cause in (
        ("m-1", Cause.MALFORMED_JSON),
        ("m-2", Cause.RECORD_CONFLICT),
        ("m-3", Cause.RECORD_CONFLICT),
    ):
        quarantined(store, message_id, cause)
    store.resolutions.resolve([replace(DISCARDED, message_id="m-2")])

    assert still_open(store) == ["m-1", "m-3"]
    assert still_open(store, cause=Cause.RECORD_CONFLICT) == ["m-3"]
    assert still_open(store, queue="another") == []


def test_each_contract_has_a_quarantine_of_its_own(store: Store) -> None:
    quarantined(store, "m-1")
    quarantined(store, "m-2", contract="order_created")

    assert still_open(store) == ["m-1"]
    assert still_open(store, "order_created") == ["m-2"]
    assert still_open(store, "order_created", queue="dlq", cause=Cause.MALFORMED_JSON) == ["m-2"]
    assert still_open(store, "another") == []


def test_no_resolutions_are_no_call(store: Store) -> None:
    assert store.resolutions.resolve([]) == frozenset()
