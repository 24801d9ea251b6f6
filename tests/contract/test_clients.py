"""`reclaim.ports.RecordStore`: MongoDB and its twin in memory (I3, I4)."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from reclaim.model.identity import derive_identity
from reclaim.model.outcome import Cause, Outcome
from reclaim.model.record import Origin, Record, RecordWrite, WriteKind
from tests.builders import (
    KEY,
    NOW,
    a_creation,
    a_delivery,
    a_message,
    a_record,
    a_recovery,
    a_settlement,
    at,
    superseded,
)
from tests.contract.conftest import Store

OTHER_ID = derive_identity("somebody else", KEY)


def the(store: Store, record_key: str = "cl_1") -> Record:
    return store.records.find([record_key])[record_key]


def attached(record: Record, message_id: str = "m-1", second: float = 0) -> RecordWrite:
    recovery = a_recovery(message_id, second=second, before={"name": record.name})
    return RecordWrite(WriteKind.ATTACH, replace(record, identity=a_record().identity, recovery=recovery))


def earlier(loser: str, winner: str, second: float = 0, **changes: object) -> RecordWrite:
    recovery = a_recovery(winner, second=second, superseded=(superseded(loser, Outcome.QUARANTINED),))
    return RecordWrite(WriteKind.SUPERSEDE, a_record(recovery=recovery, **changes))


def test_only_clients_that_exist_are_found(store: Store) -> None:
    store.put(a_record("cl_1"))

    assert store.records.find(["cl_1", "cl_2"]) == {"cl_1": a_record("cl_1")}
    assert store.records.find([]) == {}


def test_a_client_is_read_back_as_it_was_written(store: Store) -> None:
    recovery = a_recovery("m-1", origin=Origin.CARRIED)
    written = a_record(identity=OTHER_ID, recovery=recovery)

    store.records.write([RecordWrite(WriteKind.CREATE, written)])

    assert the(store) == written
    assert type(the(store).billing.rate_minor) is int  # type: ignore[union-attr]


def test_creating_a_client_that_exists_changes_nothing(store: Store) -> None:
    store.put(a_record(name="was here before"))

    store.records.write([a_creation("cl_1"), a_creation("cl_2")])

    assert the(store).name == "was here before"
    assert the(store, "cl_2").recovery is not None


def test_writing_the_same_again_changes_nothing(store: Store) -> None:
    store.records.write([a_creation("cl_1", "m-1")])
    store.records.write([a_creation("cl_1", "m-2", name="another")])

    assert the(store) == a_creation("cl_1", "m-1").record


@pytest.mark.parametrize("nothing", [None, ""])
def test_a_client_without_an_id_gets_one_and_keeps_the_rest(store: Store, nothing: str | None) -> None:
    there = a_record(identity=nothing or None, country="DE")
    store.put(there)

    store.records.write([attached(there)])

    assert the(store).identity == a_record().identity
    assert the(store).country == "DE"
    assert the(store).recovery == a_recovery("m-1", before={"name": "Acme Staffing"})


def test_an_id_that_is_there_is_never_replaced(store: Store) -> None:
    store.put(a_record(identity=OTHER_ID))

    store.records.write([attached(a_record()), a_creation("cl_1"), earlier("m-9", "m-1")])

    assert the(store) == a_record(identity=OTHER_ID)


def test_an_id_is_attached_to_nobody_who_is_not_there(store: Store) -> None:
    store.records.write([attached(a_record())])

    assert store.records.find(["cl_1"]) == {}


def test_an_earlier_event_takes_the_place_while_the_later_one_has_it(store: Store) -> None:
    store.records.write([a_creation("cl_1", "m-9", name="Beta Talent")])

    store.records.write([earlier("m-9", "m-5", second=-5, name="Acme Staffing")])

    assert the(store).name == "Acme Staffing"
    assert the(store).recovery == a_recovery("m-5", second=-5, superseded=(superseded("m-9", Outcome.QUARANTINED),))


def test_a_place_that_somebody_else_has_taken_meanwhile_is_not_taken(store: Store) -> None:
    store.records.write([a_creation("cl_1", "m-9")])
    store.records.write([earlier("m-9", "m-1", name="first")])

    store.records.write([earlier("m-9", "m-5", name="too late")])

    assert the(store).name == "first"


def test_two_clients_cannot_have_the_same_id(store: Store) -> None:
    store.records.write([a_creation("cl_1", identity=OTHER_ID), a_creation("cl_2", identity=OTHER_ID)])

    assert len(store.records.find(["cl_1", "cl_2"])) == 1
    assert list(store.records.owners([OTHER_ID])) == [OTHER_ID]


def test_an_id_is_not_attached_that_another_client_has(store: Store) -> None:
    there = a_record("cl_1", identity=None)
    store.put(there)
    store.put(a_record("cl_2", identity=a_record("cl_1").identity))

    store.records.write([attached(there)])

    assert the(store).identity is None


def test_one_refused_write_does_not_keep_its_neighbours_from_being_written(store: Store) -> None:
    store.put(a_record("cl_2"))

    store.records.write([a_creation("cl_1"), a_creation("cl_2"), a_creation("cl_3")])

    assert set(store.records.find(["cl_1", "cl_2", "cl_3"])) == {"cl_1", "cl_2", "cl_3"}


def test_many_clients_may_have_no_id(store: Store) -> None:
    for number in range(3):
        store.put(a_record(f"cl_{number}", identity=None))

    assert len(store.records.find([f"cl_{number}" for number in range(3)])) == 3
    assert store.records.owners([""]) == {}


def test_the_owner_of_an_id_is_found(store: Store) -> None:
    store.put(a_record("cl_1", identity=OTHER_ID))
    store.put(a_record("cl_2"))

    assert store.records.owners([OTHER_ID, "trk_nobodys"]) == {OTHER_ID: "cl_1"}
    assert store.records.owners([]) == {}


def test_nothing_to_write_is_nothing_to_do(store: Store) -> None:
    store.records.write([])


def test_of_many_who_create_one_client_at_once_one_does(store: Store) -> None:
    writes = [a_creation("cl_1", f"m-{number}", name=f"writer {number}") for number in range(8)]
    threads = [threading.Thread(target=store.records.write, args=([write],)) for write in writes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert the(store) in [write.record for write in writes]


def test_the_clients_a_run_recovered_are_those_its_ledger_names(store: Store) -> None:
    for number in range(4):
        store.records.write([a_creation(f"cl_{number}", f"m-{number}")])
    messages = [a_message(message_id=f"m-{number}") for number in range(4)]
    store.ledger.record(messages, a_delivery(), NOW)
    store.ledger.settle(
        [
            a_settlement("m-0", record_key="cl_0"),
            a_settlement("m-1", record_key="cl_1"),
            a_settlement("m-2", Outcome.DUPLICATE, Cause.ALREADY_RECOVERED, record_key="cl_2"),
        ],
        a_delivery(),
        at(1),
    )
    store.ledger.settle([a_settlement("m-3", record_key="cl_3")], a_delivery("d-2", "another run"), at(1))

    assert {record.record_key for record in store.records.recovered_by(a_delivery().run_id)} == {"cl_0", "cl_1"}
    assert list(store.records.recovered_by("no run")) == []
