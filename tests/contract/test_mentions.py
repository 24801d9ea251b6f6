"""Who is named by what, and who can be billed already: MongoDB and its twins in memory."""

from __future__ import annotations

from dataclasses import replace

from reclaim.model.ledger import Mention, Resolution, ResolutionKind
from reclaim.model.outcome import Cause, Outcome
from tests.builders import NOW, RUN, a_delivery, a_message, a_record, a_settlement, at
from tests.contract.conftest import Store

SENT = at(-3600)
RECOVERED = Mention("cl_1", Outcome.RECOVERED, Cause.MISSING_ID, SENT)


def settled(
    store: Store, message_id: str, outcome: Outcome, cause: Cause, run_id: str = RUN, queue: str = "dlq"
) -> None:
    delivery = replace(a_delivery(f"d-{message_id}", run_id), queue=queue)
    store.ledger.record([a_message(message_id=message_id)], delivery, NOW)
    settlement = a_settlement(message_id, outcome, cause)
    if outcome is Outcome.DEFERRED:
        store.ledger.defer([settlement], delivery, NOW)
    else:
        store.ledger.settle([settlement], delivery, NOW)


def test_entries_with_an_outcome_are_mentions(store: Store) -> None:
    settled(store, "m-1", Outcome.RECOVERED, Cause.MISSING_ID)
    settled(store, "m-2", Outcome.DEFERRED, Cause.HALTED)
    store.ledger.record([a_message(message_id="m-3")], a_delivery(), NOW)
    store.ledger.record([a_message(message_id="m-4")], a_delivery(), NOW)
    nobody = replace(a_settlement("m-4", Outcome.QUARANTINED, Cause.MALFORMED_JSON), record_key=None)
    store.ledger.settle([nobody], a_delivery(), NOW)

    assert set(store.ledger.mentions("dlq")) == {
        RECOVERED,
        Mention("cl_1", Outcome.DEFERRED, Cause.HALTED, SENT),
        Mention(None, Outcome.QUARANTINED, Cause.MALFORMED_JSON, SENT),
    }


def test_mentions_are_of_one_queue_and_of_one_run_where_one_is_named(store: Store) -> None:
    settled(store, "m-1", Outcome.RECOVERED, Cause.MISSING_ID)
    settled(store, "m-2", Outcome.QUARANTINED, Cause.RECORD_CONFLICT, run_id="run-2")
    settled(store, "m-3", Outcome.QUARANTINED, Cause.SCHEMA_VIOLATION, queue="another")

    assert list(store.ledger.mentions("dlq", RUN)) == [RECOVERED]
    assert {mention.cause for mention in store.ledger.mentions("dlq")} == {
        Cause.MISSING_ID,
        Cause.RECORD_CONFLICT,
    }


def test_what_was_resolved_since_is_no_mention(store: Store) -> None:
    settled(store, "m-1", Outcome.QUARANTINED, Cause.RECORD_CONFLICT)
    store.resolutions.resolve([Resolution("m-1", ResolutionKind.DISCARDED, "run-2", NOW, "ann")])

    assert list(store.ledger.mentions("dlq")) == []


def test_clients_with_a_tracking_id_are_attributable(store: Store) -> None:
    store.put(a_record("cl_with"))
    store.put(a_record("cl_without", identity=None))

    assert store.records.attributable(["cl_with", "cl_without", "cl_unheard_of"]) == {"cl_with"}
    assert store.records.attributable([]) == frozenset()
