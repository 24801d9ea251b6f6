"""`reclaim.ports.RecordStore`: in MongoDB and in memory (I3, I4)."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from reclaim.model.outcome import Cause, Outcome
from reclaim.model.record import Origin, Record, RecordWrite, WriteKind
from tests.builders import NOW, a_creation, a_delivery, a_message, a_record, a_recovery, a_settlement, at, derived
from tests.contract.conftest import Store

OTHER_ID = derived("another record")


def the(store: Store, record_key: str = "cl_1") -> Record:
    return store.records.find([record_key])[record_key]


def attached(record: Record, message_id: str = "m-1", second: float = 0) -> RecordWrite:
    recovery = a_recovery(message_id, second=second, before={"name": record.fields["name"]})
    return RecordWrite(WriteKind.ATTACH, replace(record, identity=a_record().identity, recovery=recovery))


def test_only_records_that_exist_are_found(store: Store) -> None:
    store.put(a_record("cl_1"))

    assert store.records.find(["cl_1", "cl_2"]) == {"cl_1": a_record("cl_1")}
    assert store.records.find([]) == {}


def test_a_record_is_read_back_as_it_was_written(store: Store) -> None:
    recovery = a_recovery("m-1", origin=Origin.CARRIED)
    written = a_record(identity=OTHER_ID, recovery=recovery)

    store.records.write([RecordWrite(WriteKind.CREATE, written)])

    assert the(store) == written
    assert type(the(store).fields["billing"]["rate_minor"]) is int


def test_creating_a_record_that_exists_changes_nothing(store: Store) -> None:
    store.put(a_record(name="was here before"))

    store.records.write([a_creation("cl_1"), a_creation("cl_2")])

    assert the(store).fields["name"] == "was here before"
    assert the(store, "cl_2").recovery is not None


@pytest.mark.parametrize("second", [-5, 0, 5])
@pytest.mark.parametrize("name", ["Acme Staffing", "another"])
def test_what_was_written_first_stands_whichever_event_happened_first(store: Store, second: float, name: str) -> None:
    store.records.write([a_creation("cl_1", "m-1")])
    store.records.write([a_creation("cl_1", "m-2", name=name, recovery=a_recovery("m-2", second=second))])

    assert the(store) == a_creation("cl_1", "m-1").record


@pytest.mark.parametrize("nothing", [None, ""])
def test_a_record_without_an_identity_gets_one_and_keeps_the_rest(store: Store, nothing: str | None) -> None:
    there = a_record(identity=nothing or None, country="DE")
    store.put(there)

    store.records.write([attached(there)])

    assert the(store).identity == a_record().identity
    assert the(store).fields["country"] == "DE"
    assert the(store).recovery == a_recovery("m-1", before={"name": "Acme Staffing"})


def test_an_identity_that_is_there_is_never_replaced(store: Store) -> None:
    store.put(a_record(identity=OTHER_ID))

    store.records.write([attached(a_record()), a_creation("cl_1")])

    assert the(store) == a_record(identity=OTHER_ID)


def test_an_identity_is_attached_to_no_record_that_is_not_there(store: Store) -> None:
    store.records.write([attached(a_record())])

    assert store.records.find(["cl_1"]) == {}


def test_two_records_cannot_have_the_same_identity(store: Store) -> None:
    store.records.write([a_creation("cl_1", identity=OTHER_ID), a_creation("cl_2", identity=OTHER_ID)])

    assert len(store.records.find(["cl_1", "cl_2"])) == 1
    assert list(store.records.owners([OTHER_ID])) == [OTHER_ID]


def test_an_identity_is_not_attached_that_another_record_has(store: Store) -> None:
    there = a_record("cl_1", identity=None)
    store.put(there)
    store.put(a_record("cl_2", identity=a_record("cl_1").identity))

    store.records.write([attached(there)])

    assert the(store).identity is None


def test_one_refused_write_does_not_keep_its_neighbours_from_being_written(store: Store) -> None:
    store.put(a_record("cl_2"))

    store.records.write([a_creation("cl_1"), a_creation("cl_2"), a_creation("cl_3")])

    assert set(store.records.find(["cl_1", "cl_2", "cl_3"])) == {"cl_1", "cl_2", "cl_3"}


def test_many_records_may_have_no_identity(store: Store) -> None:
    for number in range(3):
        store.put(a_record(f"cl_{number}", identity=None))

    assert len(store.records.find([f"cl_{number}" for number in range(3)])) == 3
    assert store.records.owners([""]) == {}


def test_the_owner_of_an_identity_is_found(store: Store) -> None:
    store.put(a_record("cl_1", identity=OTHER_ID))
    store.put(a_record("cl_2"))

    assert store.records.owners([OTHER_ID, "trk_nobodys"]) == {OTHER_ID: "cl_1"}
    assert store.records.owners([]) == {}


def test_nothing_to_write_is_nothing_to_do(store: Store) -> None:
    store.put(a_record("cl_1"))
    before = the(store)

    store.records.write([])

    assert the(store) == before


def test_of_many_writers_that_create_one_record_at_once_one_does(store: Store) -> None:
    writes = [a_creation("cl_1", f"m-{number}", name=f"writer {number}") for number in range(8)]
    threads = [threading.Thread(target=store.records.write, args=([write],)) for write in writes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert the(store) in [write.record for write in writes]


def test_the_records_a_run_recovered_are_those_its_ledger_names(store: Store) -> None:
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


def test_records_with_an_identity_are_attributable(store: Store) -> None:
    store.put(a_record("cl_with"))
    store.put(a_record("cl_without", identity=None))

    assert store.records.attributable(["cl_with", "cl_without", "cl_unheard_of"]) == {"cl_with"}
    assert store.records.attributable([]) == frozenset()
