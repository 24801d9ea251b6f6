"""`reclaim.undo.ports.Reversals`: in MongoDB and in memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count
from typing import Any

import pytest

from reclaim.adapters.memory.ledger import MemoryLedger
from reclaim.adapters.memory.records import MemoryRecords
from reclaim.adapters.memory.reversals import MemoryReversals
from reclaim.adapters.mongo.records import MongoRecords
from reclaim.adapters.mongo.reversals import MongoReversals
from reclaim.contracts.documents import record_of
from reclaim.model.record import Record, RecordWrite, WriteKind
from reclaim.ports import RecordStore
from reclaim.undo.model import BuiltOn, Reversal
from reclaim.undo.ports import Reversals
from tests.builders import CONTRACT, a_creation, a_record, a_recovery, at
from tests.contract.conftest import BOTH, Documents

NUMBERS = count()
RECOVERED = at(60)
"""When `a_recovery` says that it was written."""


@dataclass(frozen=True)
class Bench:
    """Records, their reversals, and what others do in the meantime."""

    records: RecordStore
    reversals: Reversals
    put: Callable[[Documents], None]
    apply: Callable[..., None]
    charge: Callable[[str, datetime], None]

    def the(self, record_key: str = "cl_1") -> Record:
        return self.records.find([record_key])[record_key]

    def take_back(self, record: Record) -> None:
        assert record.recovery is not None
        self.reversals.take_back([Reversal(record.record_key, record.document, record.recovery.before)])

    def holds(self, record_key: str = "cl_1") -> Documents | None:
        found = self.records.find([record_key]).get(record_key)
        return found.document if found else None


@pytest.fixture(params=BOTH)
def bench(request: pytest.FixtureRequest) -> Bench:
    return in_mongo(request.getfixturevalue("database")) if request.param == "real" else in_memory()


def in_memory() -> Bench:
    records = MemoryRecords(CONTRACT, MemoryLedger())
    reversals = MemoryReversals(CONTRACT, records)

    def apply(record_key: str, identity: str | None, by: str | None = None) -> None:
        reversals.applications.append((record_key, identity, by))

    def charge(record_key: str, when: datetime) -> None:
        reversals.charges.append((record_key, when))

    return Bench(records, reversals, lambda document: records.put(record_of(document, CONTRACT)), apply, charge)


def in_mongo(database: Any) -> Bench:  # noqa: ANN401
    for name in ("applications", "charges"):
        database[name].delete_many({})
    money = {"amount_minor": 1, "currency": "USD"}

    def apply(record_key: str, identity: str | None, by: str | None = None) -> None:
        attribution = {"attribution": {"run_id": by}} if by else {}
        document = {"client_id": record_key, "tracking_id": identity, "applied_at": at(0), **money, **attribution}
        database["applications"].insert_one({"_id": f"app_{next(NUMBERS)}", **document})

    def charge(record_key: str, when: datetime) -> None:
        document = {"application_id": "app", "client_id": record_key, "charged_at": when, **money}
        database["charges"].insert_one({"_id": f"chg_{next(NUMBERS)}", **document})

    def put(document: Documents) -> None:
        database["clients"].replace_one({"_id": document["_id"]}, document, upsert=True)

    return Bench(MongoRecords(database, CONTRACT), MongoReversals(database, CONTRACT), put, apply, charge)


def without_id(record_key: str = "cl_1", /, **fields: object) -> Documents:
    billing = {"model": "cpa", "rate_minor": 1250, "currency": "USD"}
    return {"_id": record_key, "name": "Acme Staffing", "country": "US", "billing": billing, **fields}


def attach(bench: Bench) -> Record:
    """Give the record that is there its identity, as a recovery does."""
    held = bench.the()
    recovery = a_recovery("m-1", before=held.document)
    given = replace(held, identity=a_record().identity, recovery=recovery)
    bench.records.write([RecordWrite(WriteKind.ATTACH, given)])
    return bench.the()


def test_a_record_that_was_created_is_removed(bench: Bench) -> None:
    bench.records.write([a_creation("cl_1"), a_creation("cl_2")])

    bench.take_back(bench.the("cl_1"))

    assert bench.holds("cl_1") is None
    assert bench.holds("cl_2") is not None
    assert bench.records.owners([str(a_record("cl_1").identity)]) == {}


@pytest.mark.parametrize("fields", [{}, {"tracking_id": None}, {"tracking_id": "", "tags": ["a", {"b": 1}]}])
def test_a_record_that_was_given_an_identity_is_again_exactly_what_it_was(
    bench: Bench, fields: dict[str, object]
) -> None:
    bench.put(without_id(**fields))
    before = bench.holds()

    bench.take_back(attach(bench))

    after = bench.holds()
    assert after == before
    assert list(after or {}) == list(before or {})  # the order of fields is the document's, too


@pytest.mark.parametrize(
    "change",
    [{"name": "Another"}, {"note": "called them"}, {"billing": {"model": "cpa", "rate_minor": 1, "currency": "USD"}}],
)
def test_a_record_that_was_changed_in_the_last_moment_is_left_alone(bench: Bench, change: dict[str, object]) -> None:
    bench.records.write([a_creation("cl_1")])
    seen = bench.the()
    bench.put({**seen.document, **change})

    bench.take_back(seen)

    assert bench.holds() == {**seen.document, **change}


def test_taking_back_twice_is_no_error_and_nothing_is_no_call(bench: Bench) -> None:
    bench.records.write([a_creation("cl_1")])
    seen = bench.the()

    bench.take_back(seen)
    bench.take_back(seen)
    bench.reversals.take_back([])

    assert bench.holds() is None


def test_what_a_run_wrote_is_found_by_its_name_on_the_record(bench: Bench) -> None:
    bench.records.write(
        [a_creation("cl_2"), a_creation("cl_1"), a_creation("cl_3", recovery=a_recovery("m-3", "run-2"))]
    )

    assert [record.record_key for record in bench.reversals.written_by("run-1")] == ["cl_1", "cl_2"]


def test_applications_count_where_they_carry_their_own_records_identity(bench: Bench) -> None:
    bench.records.write([a_creation("cl_1"), a_creation("cl_2")])
    mine, other = bench.the("cl_1"), bench.the("cl_2")
    for by in (None, "run-8", "run-7", "run-8"):
        bench.apply("cl_1", mine.identity, by)
    bench.apply("cl_1", None)
    bench.apply("cl_2", mine.identity)

    assert bench.reversals.built_on([mine, other]) == {"cl_1": BuiltOn(4, ("run-7", "run-8"))}


def test_charges_count_from_the_recovery_on(bench: Bench) -> None:
    bench.records.write(
        [a_creation("cl_1"), a_creation("cl_2", recovery=replace(a_recovery("m-2"), recovered_at=at(1)))]
    )
    for seconds in (0, 59.999, 60, 61):
        bench.charge("cl_1", at(seconds))
    bench.charge("cl_3", at(99))

    assert bench.reversals.built_on([bench.the("cl_1"), bench.the("cl_2")]) == {"cl_1": BuiltOn(charges=2)}


def test_nothing_is_built_on_no_record(bench: Bench) -> None:
    assert bench.reversals.built_on([]) == {}
    assert bench.reversals.built_on([a_record()]) == {}


@pytest.mark.stack
def test_without_a_revenue_side_nothing_is_built_on_a_record(database: Any) -> None:  # noqa: ANN401
    bench = in_mongo(database)
    bench.records.write([a_creation("cl_1")])
    bench.apply("cl_1", bench.the().identity)

    assert MongoReversals(database, replace(CONTRACT, revenue=None)).built_on([bench.the()]) == {}
