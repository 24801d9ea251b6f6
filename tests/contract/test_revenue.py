"""What every store of applications and charges must do: the twin in memory, and MongoDB."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from pymongo.database import Database

from reclaim.adapters.memory.ledger import MemoryLedger
from reclaim.adapters.memory.records import MemoryClients
from reclaim.adapters.memory.resolutions import MemoryResolutions
from reclaim.adapters.memory.revenue import MemoryRevenue
from reclaim.adapters.mongo.ledger import MongoLedger
from reclaim.adapters.mongo.records import MongoClients
from reclaim.adapters.mongo.resolutions import MongoResolutions
from reclaim.adapters.mongo.revenue import MongoRevenue
from reclaim.model.errors import StoreUnavailable
from reclaim.model.outcome import Cause, Outcome
from reclaim.model.resolution import Resolution, ResolutionKind
from reclaim.ports import ClientStore, Ledger, Resolutions
from reclaim.reconciliation.balancing import find
from reclaim.reconciliation.matching import match
from reclaim.reconciliation.model import Backfill, Line
from reclaim.reconciliation.ports import RevenueStore
from reclaim.reconciliation.records import Records, read_records
from reclaim.reconciliation.tables import Unauditable
from reclaim.reconciliation.window import Window
from tests.builders import NOW, RUN, a_creation, a_delivery, a_letter, a_settlement, at
from tests.contract.conftest import BOTH

Documents = dict[str, Any]

WINDOW = Window(NOW - timedelta(days=60), NOW, NOW)


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


@dataclass(frozen=True)
class Record:
    """The whole record as an audit sees it, and the other end of it."""

    revenue: RevenueStore
    clients: ClientStore
    ledger: Ledger
    resolutions: Resolutions
    insert: Callable[[str, Documents], None]
    held: Callable[[str], dict[str, Documents]]

    def apply(self, name: str, client: str = "cl_1", **changes: Any) -> None:  # noqa: ANN401
        values = {"client_id": client, "applied_at": ago(10), "amount_minor": 100, "currency": "USD"}
        self.insert("applications", {"_id": name, "tracking_id": None, **values, **changes})

    def charge(self, name: str, of: str, **changes: Any) -> None:  # noqa: ANN401
        values = {"client_id": "cl_1", "charged_at": ago(9), "amount_minor": 100, "currency": "USD"}
        self.insert("charges", {"_id": name, "application_id": of, **values, **changes})

    def quarantine(self, message_id: str, client: str) -> None:
        delivery = a_delivery()
        self.ledger.record([a_letter(message_id=message_id)], delivery, NOW)
        settlement = a_settlement(message_id, Outcome.QUARANTINED, Cause.SCHEMA_VIOLATION, client_id=client)
        self.ledger.settle([settlement], delivery, NOW)

    def read(self, window: Window = WINDOW) -> Records:
        with self.revenue.reading() as reader:
            return read_records(reader, window)


@pytest.fixture(params=BOTH)
def record(request: pytest.FixtureRequest) -> Record:
    """No applications, no charges, no clients, an empty ledger."""
    return _real(request.getfixturevalue("database")) if request.param == "real" else _twin()


def test_an_empty_record_is_an_empty_audit(record: Record) -> None:
    read = record.read()

    assert len(read.applications) == len(read.charges) == len(read.clients) == 0
    assert read.totals.applications == read.totals.charges == {}


def test_the_window_has_its_first_millisecond_and_not_its_last(record: Record) -> None:
    record.apply("first", applied_at=WINDOW.opens)
    record.apply("before", applied_at=WINDOW.opens - timedelta(milliseconds=1))
    record.apply("last", applied_at=WINDOW.closes - timedelta(milliseconds=1))
    record.apply("after", applied_at=WINDOW.closes)

    assert set(record.read().applications["application_id"]) == {"first", "last"}


def test_a_window_may_be_finer_than_what_is_stored(record: Record) -> None:
    record.apply("a", applied_at=ago(10))

    later = Window(ago(10) + timedelta(microseconds=1), NOW, NOW)
    until = Window(ago(11), ago(10) + timedelta(microseconds=1), NOW)

    assert list(record.read(later).applications["application_id"]) == []
    assert list(record.read(until).applications["application_id"]) == ["a"]


def test_charges_are_those_of_the_windows_applications_and_the_windows_orphans(record: Record) -> None:
    record.apply("inside")
    record.apply("outside", applied_at=ago(70))
    record.charge("in time", "inside")
    record.charge("long after", "inside", charged_at=ago(-500))
    record.charge("before it", "inside", charged_at=ago(100))
    record.charge("of another window", "outside")
    record.charge("orphan", "gone")
    record.charge("nobody's", None)  # type: ignore[arg-type]
    record.charge("old orphan", "gone", charged_at=ago(70))

    read = record.read()

    expected = {"in time", "long after", "before it", "orphan", "nobody's"}
    assert set(read.charges["charge_id"]) == expected
    assert len(read.charges) == len(expected)
    assert read.totals.charges == {"USD": Line(count=5, amount_minor=500)}


def test_the_stores_own_totals_are_exact_beyond_64_bits(record: Record) -> None:
    for name in "abc":
        record.apply(name, amount_minor=2**63 - 1)
        record.charge(f"c{name}", name, amount_minor=-(2**63))
    record.apply("yen", amount_minor=7, currency="JPY")

    totals = record.read().totals

    assert totals.applications["USD"] == Line(count=3, amount_minor=3 * (2**63 - 1))
    assert totals.applications["JPY"] == Line(count=1, amount_minor=7)
    assert totals.charges["USD"] == Line(count=3, amount_minor=-3 * 2**63)


def test_a_recovered_client_says_by_which_run(record: Record) -> None:
    record.clients.write([a_creation("cl_1")])
    record.apply("a")
    record.apply("b", client="cl_2")

    clients = record.read().clients

    assert clients[["client_id", "recovered_by", "client_rate_minor", "client_currency"]].to_numpy().tolist() == [
        ["cl_1", RUN, 1250, "USD"]
    ]
    assert clients["client_tracking_id"].notna().all()


def test_only_open_quarantine_is_awaited(record: Record) -> None:
    for number, client in enumerate(["cl_open", "cl_done", "cl_open"]):
        record.quarantine(f"m-{number}", client)
        record.apply(f"a{number}", client=client)
    record.resolutions.resolve([Resolution("m-1", ResolutionKind.DISCARDED, "run-2", NOW, "op")])
    record.apply("a", client="cl_nobody")

    assert record.read().awaiting == {"cl_open"}


def test_a_quarantined_message_of_a_client_that_exists_awaits_nothing(record: Record) -> None:
    record.clients.write([a_creation("cl_1")])
    record.quarantine("m-1", "cl_1")
    record.apply("a")

    assert record.read().awaiting == frozenset()


def test_what_is_read_balances_with_what_is_counted(record: Record) -> None:
    record.clients.write([a_creation("cl_1")])
    record.apply("a")
    record.apply("b", currency="KWD", client="cl_nobody")
    record.charge("ca", "a", currency="JPY")
    record.charge("cx", "gone")

    read = record.read()
    found = find(match(read, WINDOW), read.totals)

    assert found["balanced"]
    assert [(check.of, check.currency, check.total.count) for check in found["checks"]] == [
        ("applications", "KWD", 1),
        ("applications", "USD", 1),
        ("charges", "JPY", 1),
        ("charges", "USD", 1),
    ]


# --- writing back --------------------------------------------------------------------------------------------------


def test_a_backfill_gives_recovered_clients_applications_their_id_and_says_what_was_there(record: Record) -> None:
    write = a_creation("cl_1")
    record.clients.write([write])
    record.apply("null")
    record.apply("empty", tracking_id="")
    record.insert("applications", _without_id("absent"))

    done = record.revenue.attribute(WINDOW, "run-9", at(5))

    held = record.held("applications")
    assert done == Backfill(applications=3, clients=1)
    assert {one["tracking_id"] for one in held.values()} == {write.client.tracking_id}
    note = {"run_id": "run-9", "at": at(5)}
    assert held["null"]["attribution"] == note | {"before": None}
    assert held["empty"]["attribution"] == note | {"before": ""}
    assert held["absent"]["attribution"] == note


def test_a_backfill_leaves_everything_else_alone(record: Record) -> None:
    record.clients.write([a_creation("cl_1")])
    record.apply("has one", tracking_id="trk_of_its_own")
    record.apply("of nobody", client="cl_2")
    record.apply("of another window", applied_at=ago(70))
    before = record.held("applications")

    done = record.revenue.attribute(WINDOW, "run-9", NOW)

    assert done == Backfill()
    assert record.held("applications") == before


def test_a_backfill_repeated_changes_nothing_and_answers_the_same(record: Record) -> None:
    record.clients.write([a_creation("cl_1")])
    record.apply("a")
    first = record.revenue.attribute(WINDOW, "run-9", at(1))
    held = record.held("applications")

    again = record.revenue.attribute(WINDOW, "run-9", at(2))
    another = record.revenue.attribute(WINDOW, "run-10", at(3))

    assert first == again == Backfill(applications=1, clients=1)
    assert another == Backfill()
    assert record.held("applications") == held


def test_a_new_backfill_after_an_undo_mixes_no_notes(record: Record) -> None:
    record.clients.write([a_creation("cl_1")])
    note = {"run_id": "run-8", "at": at(0), "before": ""}
    record.insert("applications", {**_without_id("a"), "attribution": note})

    record.revenue.attribute(WINDOW, "run-9", at(1))

    assert record.held("applications")["a"]["attribution"] == {"run_id": "run-9", "at": at(1)}


# --- what only MongoDB can do --------------------------------------------------------------------------------------


@pytest.mark.stack
def test_what_changes_while_it_is_read_is_read_as_it_was(database: Database[Documents]) -> None:
    record = _real(database)
    record.apply("a")
    with record.revenue.reading() as reader:
        record.apply("b")
        record.charge("c", "a")
        read = read_records(reader, WINDOW)

    assert list(read.applications["application_id"]) == ["a"]
    assert len(read.charges) == 0
    assert read.totals.applications == {"USD": Line(count=1, amount_minor=100)}
    assert read.totals.charges == {}
    assert read.consistent


@pytest.mark.stack
def test_a_full_window_is_counted_in_parts_and_none_of_it_twice(database: Database[Documents]) -> None:
    record = _real(database)
    for number in range(9):
        moment = NOW - timedelta(milliseconds=number) if number % 2 else ago(number + 1)
        record.apply(f"a{number}", applied_at=moment)
        record.charge(f"c{number}", f"a{number}" if number % 3 else "gone", charged_at=moment)

    with MongoRevenue(database, counted_at_once=2).reading() as reader:
        assert reader.application_totals(WINDOW) == {"USD": Line(count=9, amount_minor=900)}
        assert reader.charge_totals(WINDOW) == {"USD": Line(count=9, amount_minor=900)}


@pytest.mark.stack
@pytest.mark.parametrize(
    ("collection", "broken", "sentence"),
    [
        ("applications", {"amount_minor": 12.5}, "applications 'a' cannot be audited: its amount_minor is a float."),
        ("applications", {"currency": None}, "applications 'a' cannot be audited: its currency is missing."),
        ("charges", {"charged_at": "yesterday"}, "charges 'c' cannot be audited: its charged_at is a str."),
        ("charges", {"amount_minor": True}, "charges 'c' cannot be audited: its amount_minor is a bool."),
    ],
)
def test_a_document_that_got_past_the_validator_stops_the_audit_and_is_named(
    database: Database[Documents], collection: str, broken: Documents, sentence: str
) -> None:
    record = _real(database)
    record.apply("a")
    record.charge("c", "a")
    database.command("update", collection, updates=[{"q": {}, "u": {"$set": broken}}], bypassDocumentValidation=True)

    with pytest.raises(Unauditable, match=sentence):
        record.read()


@pytest.mark.stack
def test_a_store_that_fails_is_unavailable(
    database: Database[Documents], failing: Callable[..., AbstractContextManager[None]]
) -> None:
    record = _real(database)
    record.clients.write([a_creation("cl_1")])
    record.apply("a")

    with failing("aggregate", errorCode=50), pytest.raises(StoreUnavailable):
        record.read()
    with failing("update", errorCode=50), pytest.raises(StoreUnavailable):
        record.revenue.attribute(WINDOW, "run-9", NOW)


def _without_id(name: str) -> Documents:
    return {"_id": name, "client_id": "cl_1", "applied_at": ago(10), "amount_minor": 100, "currency": "USD"}


def _twin() -> Record:
    ledger = MemoryLedger()
    clients, resolutions = MemoryClients(ledger), MemoryResolutions(ledger)
    revenue = MemoryRevenue(clients, resolutions)
    collections = {"applications": revenue.applications, "charges": revenue.charges}

    def insert(collection: str, document: Documents) -> None:
        collections[collection][document["_id"]] = document

    def held(collection: str) -> dict[str, Documents]:
        return {name: dict(document) for name, document in collections[collection].items()}

    return Record(revenue, clients, ledger, resolutions, insert, held)


def _real(database: Database[Documents]) -> Record:
    for name in ("applications", "charges"):
        database[name].delete_many({})
    return Record(
        MongoRevenue(database),
        MongoClients(database),
        MongoLedger(database),
        MongoResolutions(database),
        lambda collection, document: database[collection].insert_one(document) and None,
        lambda collection: {one["_id"]: one for one in database[collection].find()},
    )
