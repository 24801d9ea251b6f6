"""What every store of applications and charges must do: in memory, and MongoDB."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from bson.decimal128 import Decimal128
from pymongo.database import Database

from reclaim.adapters.memory.ledger import MemoryLedger
from reclaim.adapters.memory.records import MemoryRecords
from reclaim.adapters.memory.resolutions import MemoryResolutions
from reclaim.adapters.memory.revenue import MemoryRevenue
from reclaim.adapters.mongo.ledger import MongoLedger
from reclaim.adapters.mongo.records import MongoRecords
from reclaim.adapters.mongo.resolutions import MongoResolutions
from reclaim.adapters.mongo.revenue import MongoRevenue
from reclaim.contracts.contract import Contract
from reclaim.model.errors import StoreUnavailable, UsageError
from reclaim.model.ledger import Resolution, ResolutionKind
from reclaim.model.outcome import Cause, Outcome
from reclaim.ports import Ledger, RecordStore, Resolutions
from reclaim.reconciliation.audit_data import AuditData, read_audit_data
from reclaim.reconciliation.matching import match
from reclaim.reconciliation.model import AuditWindow, Backfill, Line
from reclaim.reconciliation.ports import RevenueStore
from reclaim.reconciliation.tables import Unauditable
from reclaim.reconciliation.totals import AuditTotals, totals_of
from tests.builders import CONTRACT, NOW, RUN, a_creation, a_delivery, a_message, a_settlement, at
from tests.contract.conftest import BOTH
from tests.contract.test_applications import IN_EUROS, without_validators

Documents = dict[str, Any]

WINDOW = AuditWindow(NOW - timedelta(days=60), NOW, NOW)


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


@dataclass(frozen=True)
class RevenueBench:
    """Everything that an audit reads, and the other end of it."""

    revenue: RevenueStore
    records: RecordStore
    ledger: Ledger
    resolutions: Resolutions
    insert: Callable[[str, Documents], None]
    held: Callable[[str], dict[str, Documents]]

    def apply(self, name: str, client_id: str = "cl_1", **changes: Any) -> None:  # noqa: ANN401
        values = {"client_id": client_id, "applied_at": ago(10), "amount_minor": 100, "currency": "USD"}
        self.insert("applications", {"_id": name, "tracking_id": None, **values, **changes})

    def charge(self, name: str, of: str, **changes: Any) -> None:  # noqa: ANN401
        values = {"client_id": "cl_1", "charged_at": ago(9), "amount_minor": 100, "currency": "USD"}
        self.insert("charges", {"_id": name, "application_id": of, **values, **changes})

    def quarantine(self, message_id: str, record_key: str) -> None:
        delivery = a_delivery()
        self.ledger.record([a_message(message_id=message_id)], delivery, NOW)
        settlement = a_settlement(message_id, Outcome.QUARANTINED, Cause.SCHEMA_VIOLATION, record_key=record_key)
        self.ledger.settle([settlement], delivery, NOW)

    def read(self, window: AuditWindow = WINDOW) -> AuditData:
        with self.revenue.reading() as reader:
            return read_audit_data(reader, window, CONTRACT)


@pytest.fixture(params=BOTH)
def bench(request: pytest.FixtureRequest) -> RevenueBench:
    """No applications, no charges, no clients, an empty ledger."""
    return _real(request.getfixturevalue("database")) if request.param == "real" else _in_memory()


def test_no_documents_are_an_empty_audit(bench: RevenueBench) -> None:
    read = bench.read()

    assert len(read.applications) == len(read.charges) == len(read.clients) == 0
    assert read.totals.applications == read.totals.charges == {}


def test_the_window_has_its_first_millisecond_and_not_its_last(bench: RevenueBench) -> None:
    bench.apply("first", applied_at=WINDOW.opens)
    bench.apply("before", applied_at=WINDOW.opens - timedelta(milliseconds=1))
    bench.apply("last", applied_at=WINDOW.closes - timedelta(milliseconds=1))
    bench.apply("after", applied_at=WINDOW.closes)

    assert set(bench.read().applications["application_id"]) == {"first", "last"}


def test_a_window_may_be_finer_than_what_is_stored(bench: RevenueBench) -> None:
    bench.apply("a", applied_at=ago(10))

    later = AuditWindow(ago(10) + timedelta(microseconds=1), NOW, NOW)
    until = AuditWindow(ago(11), ago(10) + timedelta(microseconds=1), NOW)

    assert list(bench.read(later).applications["application_id"]) == []
    assert list(bench.read(until).applications["application_id"]) == ["a"]


def test_charges_are_those_of_the_windows_applications_and_the_windows_orphans(bench: RevenueBench) -> None:
    bench.apply("inside")
    bench.apply("outside", applied_at=ago(70))
    bench.charge("in time", "inside")
    bench.charge("long after", "inside", charged_at=ago(-500))
    bench.charge("before it", "inside", charged_at=ago(100))
    bench.charge("of another window", "outside")
    bench.charge("orphan", "gone")
    bench.charge("nobody's", None)  # type: ignore[arg-type]
    bench.charge("old orphan", "gone", charged_at=ago(70))

    read = bench.read()

    expected = {"in time", "long after", "before it", "orphan", "nobody's"}
    assert set(read.charges["charge_id"]) == expected
    assert len(read.charges) == len(expected)
    assert read.totals.charges == {"USD": Line(count=5, amount_minor=500)}


def test_the_stores_own_totals_are_exact_beyond_64_bits(bench: RevenueBench) -> None:
    for name in "abc":
        bench.apply(name, amount_minor=2**63 - 1)
        bench.charge(f"c{name}", name, amount_minor=-(2**63))
    bench.apply("yen", amount_minor=7, currency="JPY")

    totals = bench.read().totals

    assert totals.applications["USD"] == Line(count=3, amount_minor=3 * (2**63 - 1))
    assert totals.applications["JPY"] == Line(count=1, amount_minor=7)
    assert totals.charges["USD"] == Line(count=3, amount_minor=-3 * 2**63)


def test_a_recovered_client_says_by_which_run(bench: RevenueBench) -> None:
    bench.records.write([a_creation("cl_1")])
    bench.apply("a")
    bench.apply("b", client_id="cl_2")

    clients = bench.read().clients

    assert clients[["client_id", "recovered_by", "client_rate_minor", "client_currency"]].to_numpy().tolist() == [
        ["cl_1", RUN, 1250, "USD"]
    ]
    assert clients["client_tracking_id"].notna().all()


def test_only_open_quarantine_is_awaited(bench: RevenueBench) -> None:
    for number, client_id in enumerate(["cl_open", "cl_done", "cl_open"]):
        bench.quarantine(f"m-{number}", client_id)
        bench.apply(f"a{number}", client_id=client_id)
    bench.resolutions.resolve([Resolution("m-1", ResolutionKind.DISCARDED, "run-2", NOW, "op")])
    bench.apply("a", client_id="cl_nobody")

    assert bench.read().awaiting == {"cl_open"}


def test_a_quarantined_message_of_a_client_that_exists_awaits_nothing(bench: RevenueBench) -> None:
    bench.records.write([a_creation("cl_1")])
    bench.quarantine("m-1", "cl_1")
    bench.apply("a")

    assert bench.read().awaiting == frozenset()


def test_what_is_read_balances_with_what_is_counted(bench: RevenueBench) -> None:
    bench.records.write([a_creation("cl_1")])
    bench.apply("a")
    bench.apply("b", currency="KWD", client_id="cl_nobody")
    bench.charge("ca", "a", currency="JPY")
    bench.charge("cx", "gone")

    read = bench.read()
    found = totals_of(match(read, WINDOW), read.totals)

    assert found["balanced"]
    assert [(check.of, check.currency, check.total.count) for check in found["checks"]] == [
        ("applications", "KWD", 1),
        ("applications", "USD", 1),
        ("charges", "JPY", 1),
        ("charges", "USD", 1),
    ]


# --- writing back --------------------------------------------------------------------------------------------------


def test_a_backfill_gives_recovered_clients_applications_their_id_and_says_what_was_there(bench: RevenueBench) -> None:
    write = a_creation("cl_1")
    bench.records.write([write])
    bench.apply("null")
    bench.apply("empty", tracking_id="")
    bench.insert("applications", _without_id("absent"))

    done = bench.revenue.attribute(WINDOW, "run-9", at(5))

    held = bench.held("applications")
    assert done == Backfill(applications=3, clients=1)
    assert {one["tracking_id"] for one in held.values()} == {write.record.identity}
    note = {"run_id": "run-9", "at": at(5)}
    assert held["null"]["attribution"] == note | {"before": None}
    assert held["empty"]["attribution"] == note | {"before": ""}
    assert held["absent"]["attribution"] == note


def test_a_backfill_leaves_everything_else_alone(bench: RevenueBench) -> None:
    bench.records.write([a_creation("cl_1")])
    bench.apply("has one", tracking_id="trk_of_its_own")
    bench.apply("of nobody", client_id="cl_2")
    bench.apply("of another window", applied_at=ago(70))
    before = bench.held("applications")

    done = bench.revenue.attribute(WINDOW, "run-9", NOW)

    assert done == Backfill()
    assert bench.held("applications") == before


def test_a_backfill_repeated_changes_nothing_and_answers_the_same(bench: RevenueBench) -> None:
    bench.records.write([a_creation("cl_1")])
    bench.apply("a")
    first = bench.revenue.attribute(WINDOW, "run-9", at(1))
    held = bench.held("applications")

    again = bench.revenue.attribute(WINDOW, "run-9", at(2))
    another = bench.revenue.attribute(WINDOW, "run-10", at(3))

    assert first == again == Backfill(applications=1, clients=1)
    assert another == Backfill()
    assert bench.held("applications") == held


def test_a_new_backfill_after_an_undo_mixes_no_notes(bench: RevenueBench) -> None:
    bench.records.write([a_creation("cl_1")])
    note = {"run_id": "run-8", "at": at(0), "before": ""}
    bench.insert("applications", {**_without_id("a"), "attribution": note})

    bench.revenue.attribute(WINDOW, "run-9", at(1))

    assert bench.held("applications")["a"]["attribution"] == {"run_id": "run-9", "at": at(1)}


# --- what only MongoDB can do --------------------------------------------------------------------------------------


@pytest.mark.stack
def test_what_changes_while_it_is_read_is_read_as_it_was(database: Database[Documents]) -> None:
    bench = _real(database)
    bench.apply("a")
    with bench.revenue.reading() as reader:
        bench.apply("b")
        bench.charge("c", "a")
        read = read_audit_data(reader, WINDOW, CONTRACT)

    assert list(read.applications["application_id"]) == ["a"]
    assert len(read.charges) == 0
    assert read.totals.applications == {"USD": Line(count=1, amount_minor=100)}
    assert read.totals.charges == {}
    assert read.consistent


@pytest.mark.stack
def test_a_full_window_is_counted_in_parts_and_none_of_it_twice(database: Database[Documents]) -> None:
    bench = _real(database)
    for number in range(9):
        moment = NOW - timedelta(milliseconds=number) if number % 2 else ago(number + 1)
        bench.apply(f"a{number}", applied_at=moment)
        bench.charge(f"c{number}", f"a{number}" if number % 3 else "gone", charged_at=moment)

    with MongoRevenue(database, CONTRACT, counted_at_once=2).reading() as reader:
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
    bench = _real(database)
    bench.apply("a")
    bench.charge("c", "a")
    database.command("update", collection, updates=[{"q": {}, "u": {"$set": broken}}], bypassDocumentValidation=True)

    with pytest.raises(Unauditable, match=sentence):
        bench.read()


@pytest.mark.stack
def test_a_store_that_fails_is_unavailable(
    database: Database[Documents], failing: Callable[..., AbstractContextManager[None]]
) -> None:
    bench = _real(database)
    bench.records.write([a_creation("cl_1")])
    bench.apply("a")

    with failing("aggregate", errorCode=50), pytest.raises(StoreUnavailable):
        bench.read()
    with failing("update", errorCode=50), pytest.raises(StoreUnavailable):
        bench.revenue.attribute(WINDOW, "run-9", NOW)


def _without_id(name: str) -> Documents:
    return {"_id": name, "client_id": "cl_1", "applied_at": ago(10), "amount_minor": 100, "currency": "USD"}


# --- another company's collections ---------------------------------------------------------------------------------


@pytest.fixture(params=BOTH)
def shop(request: pytest.FixtureRequest) -> Iterator[RevenueBench]:
    """No sales, no payments; amounts are decimals."""
    if request.param == "memory":
        yield _in_memory(IN_EUROS)
        return
    with without_validators(request.getfixturevalue("database")) as loose:
        yield _real(loose, IN_EUROS)


def sell(bench: RevenueBench, name: str, total: object, **changes: object) -> None:
    values = {"order_no": "cl_1", "sold_at": ago(10), "total": total, "money": "EUR"}
    bench.insert("applications", {"_id": name, **values, **changes})


def pay(bench: RevenueBench, name: str, of: str, paid: object) -> None:
    values = {"order_no": "cl_1", "paid_at": ago(9), "paid": paid, "money": "EUR"}
    bench.insert("charges", {"_id": name, "sale": of, **values})


def audited(bench: RevenueBench) -> tuple[AuditTotals, dict[str, str]]:
    with bench.revenue.reading() as reader:
        data = read_audit_data(reader, WINDOW, IN_EUROS)
    matched = match(data, WINDOW)
    classes = dict(zip(matched.charges["charge_id"], matched.charges["class"], strict=True))
    return totals_of(matched, data.totals), classes


def test_decimals_under_other_names_balance_to_the_minor_unit(shop: RevenueBench) -> None:
    shop.records.write([a_creation("cl_1")])
    sell(shop, "a", "129.90")
    sell(shop, "b", "0.1")
    sell(shop, "c", "999999999999999.99")
    pay(shop, "pa", "a", "129.9000")
    pay(shop, "pb", "b", "0.30")
    pay(shop, "back", "b", "-0.20")

    totals, classes = audited(shop)

    assert totals["balanced"]
    assert totals["checks"][0].total == Line(count=3, amount_minor=12990 + 10 + 99999999999999999)
    assert classes == {"pa": "matched", "pb": "wrong_amount", "back": "refund"}
    assert totals["drift"]["EUR"].over_minor == 20


@pytest.mark.parametrize("total", [129.9, 129, "1.999", "about 5"])
def test_an_amount_that_cannot_be_read_exactly_stops_the_audit_and_is_named(shop: RevenueBench, total: object) -> None:
    sell(shop, "a", "1.00")
    sell(shop, "odd", total)

    with pytest.raises(Unauditable, match="sales 'odd' cannot be audited: its total is"):
        audited(shop)


def test_a_backfill_writes_under_the_names_of_the_contract(shop: RevenueBench) -> None:
    write = a_creation("cl_1")
    shop.records.write([write])
    sell(shop, "a", "1.00", token="")

    assert shop.revenue.attribute(WINDOW, "run-9", at(5)) == Backfill(applications=1, clients=1)
    assert shop.held("applications")["a"]["token"] == write.record.identity
    assert shop.held("applications")["a"]["attribution"] == {"run_id": "run-9", "at": at(5), "before": ""}


@pytest.mark.stack
def test_decimals_of_mongodb_are_audited_exactly(database: Database[Documents]) -> None:
    with without_validators(database) as loose:
        bench = _real(loose, IN_EUROS)
        for number in range(3):
            sell(bench, f"a{number}", Decimal128("0.10"))
        pay(bench, "p", "a0", "0.10")

        totals, classes = audited(bench)

    assert totals["balanced"]
    assert totals["checks"][0].total == Line(count=3, amount_minor=30)
    assert classes == {"p": "matched"}


def test_without_a_revenue_side_there_is_nothing_to_audit() -> None:
    records = MemoryRecords(CONTRACT, MemoryLedger())
    contract = replace(CONTRACT, revenue=None)

    with (
        pytest.raises(UsageError, match="has no revenue side"),
        MemoryRevenue(contract, records, MemoryResolutions(MemoryLedger())).reading(),
    ):
        pass


def _in_memory(contract: Contract = CONTRACT) -> RevenueBench:
    ledger = MemoryLedger()
    records, resolutions = MemoryRecords(contract, ledger), MemoryResolutions(ledger)
    revenue = MemoryRevenue(contract, records, resolutions)
    collections = {"applications": revenue.applications, "charges": revenue.charges}

    def insert(collection: str, document: Documents) -> None:
        collections[collection][document["_id"]] = document

    def held(collection: str) -> dict[str, Documents]:
        return {name: dict(document) for name, document in collections[collection].items()}

    return RevenueBench(revenue, records, ledger, resolutions, insert, held)


def _real(database: Database[Documents], contract: Contract = CONTRACT) -> RevenueBench:
    revenue = contract.require_revenue()
    collections = {"applications": database[revenue.applications.name], "charges": database[revenue.charges.name]}
    for collection in collections.values():
        collection.delete_many({})

    def insert(collection: str, document: Documents) -> None:
        collections[collection].insert_one(document)

    return RevenueBench(
        MongoRevenue(database, contract),
        MongoRecords(database, contract),
        MongoLedger(database),
        MongoResolutions(database),
        insert,
        lambda collection: {one["_id"]: one for one in collections[collection].find()},
    )
