"""`reclaim.ports.Applications`: in MongoDB and in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from itertools import count
from typing import Any

import pytest
from bson.decimal128 import Decimal128
from pymongo.database import Database

from reclaim.adapters.memory.applications import MemoryApplications
from reclaim.adapters.mongo.applications import MongoApplications
from reclaim.contracts.amounts import AmountUnit
from reclaim.contracts.contract import Revenue, RevenueCollection
from reclaim.model.uncharged import Uncharged
from reclaim.ports import Applications
from tests.builders import CONTRACT
from tests.contract.conftest import BOTH, Documents

DAY = date(2026, 11, 20)
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)

_numbers = count(1)


@dataclass(frozen=True)
class RevenueBench:
    """The port with the other end that it does not have."""

    applications: Applications
    put: Callable[[dict[str, Any]], object]
    put_charge: Callable[[dict[str, Any]], object]

    def applied(self, record_key: str = "cl_1", amount_minor: int = 1250, **changes: Any) -> str:  # noqa: ANN401
        """Somebody applied; the application's ID."""
        application_id = f"app_{next(_numbers)}"
        values = {"tracking_id": None, "job_id": "job_1", "applied_at": NOON, "currency": "USD"}
        self.put({"_id": application_id, "client_id": record_key, "amount_minor": amount_minor, **values, **changes})
        return application_id

    def charged(self, application_id: str, **changes: Any) -> None:  # noqa: ANN401
        values = {"client_id": "cl_1", "amount_minor": 1250, "currency": "USD", "charged_at": NOON}
        self.put_charge({"_id": f"chg_{next(_numbers)}", "application_id": application_id, **values, **changes})

    def uncharged(self, *record_keys: str) -> list[Uncharged]:
        return list(self.applications.uncharged(record_keys))


@pytest.fixture(params=BOTH)
def bench(request: pytest.FixtureRequest) -> RevenueBench:
    """No applications, no charges."""
    if request.param == "memory":
        memory = MemoryApplications(CONTRACT)
        return RevenueBench(memory, memory.put, memory.charge)
    database: Database[Documents] = request.getfixturevalue("database")
    for name in ("applications", "charges"):
        database[name].delete_many({})
    return RevenueBench(
        MongoApplications(database, CONTRACT), database["applications"].insert_one, database["charges"].insert_one
    )


def test_applications_are_added_up_by_record_currency_and_day(bench: RevenueBench) -> None:
    bench.applied("cl_1", 1250)
    bench.applied("cl_1", 900)
    bench.applied("cl_1", 5, currency="EUR")
    bench.applied("cl_2", 700)
    bench.applied("cl_1", 1, applied_at=datetime(2026, 11, 21, 0, 0, tzinfo=UTC))

    assert bench.uncharged("cl_2", "cl_1") == [
        Uncharged("cl_1", "EUR", DAY, 1, 5),
        Uncharged("cl_1", "USD", DAY, 2, 2150),
        Uncharged("cl_1", "USD", date(2026, 11, 21), 1, 1),
        Uncharged("cl_2", "USD", DAY, 1, 700),
    ]


def test_an_application_with_any_charge_is_not_uncharged(bench: RevenueBench) -> None:
    bench.charged(bench.applied(amount_minor=1))
    given_back = bench.applied(amount_minor=2)
    bench.charged(given_back, amount_minor=2)
    bench.charged(given_back, amount_minor=-2)
    bench.charged(bench.applied(amount_minor=4), client_id="cl_somebody_else", currency="EUR")
    bench.applied(amount_minor=8)

    assert bench.uncharged("cl_1") == [Uncharged("cl_1", "USD", DAY, 1, 8)]


def test_only_the_records_asked_for_are_added_up(bench: RevenueBench) -> None:
    bench.applied("cl_1")

    assert bench.uncharged("cl_2") == []
    assert bench.uncharged() == []
    assert len(bench.uncharged("cl_1", "cl_1")) == 1


def test_a_day_ends_at_midnight_in_utc(bench: RevenueBench) -> None:
    bench.applied(applied_at=datetime(2026, 11, 20, 23, 59, 59, 999000, tzinfo=UTC))

    assert [row.day for row in bench.uncharged("cl_1")] == [DAY]


def test_sums_beyond_64_bits_stay_exact(bench: RevenueBench) -> None:
    most = 2**63 - 1
    for _ in range(3):
        bench.applied(amount_minor=most)

    assert bench.uncharged("cl_1") == [Uncharged("cl_1", "USD", DAY, 3, 3 * most)]


def test_more_records_than_one_query_takes_come_in_order(bench: RevenueBench) -> None:
    records = [f"cl_{number:05d}" for number in range(1001)]
    for record_key in (records[0], records[999], records[1000]):
        bench.applied(record_key)

    assert [row.record_key for row in bench.uncharged(*reversed(records))] == [records[0], records[999], records[1000]]


# --- another company's collections ---------------------------------------------------------------------------------

IN_EUROS = replace(
    CONTRACT,
    revenue=Revenue(
        applications=RevenueCollection(
            "sales", record_key="order_no", at="sold_at", reference="token", amount="total", currency="money"
        ),
        charges=RevenueCollection(
            "payments", record_key="order_no", at="paid_at", reference="sale", amount="paid", currency="money"
        ),
        unit=AmountUnit.DECIMAL,
    ),
)


@pytest.fixture(params=BOTH)
def shop(request: pytest.FixtureRequest) -> Iterator[RevenueBench]:
    """No sales, no payments."""
    if request.param == "memory":
        memory = MemoryApplications(IN_EUROS)
        yield RevenueBench(memory, memory.put, memory.charge)
        return
    database: Database[Documents] = request.getfixturevalue("database")
    with without_validators(database) as loose:
        yield RevenueBench(MongoApplications(loose, IN_EUROS), loose["sales"].insert_one, loose["payments"].insert_one)


@contextmanager
def without_validators(database: Database[Documents]) -> Iterator[Database[Documents]]:
    """A database beside it in which any document can be."""
    loose = database.client[f"{database.name}-loose"].with_options(codec_options=database.codec_options)
    try:
        yield loose
    finally:
        database.client.drop_database(loose.name)


def a_sale(total: object, **changes: object) -> Documents:
    return {"_id": f"s_{next(_numbers)}", "order_no": "A-1", "sold_at": NOON, "total": total, "money": "EUR", **changes}


def test_fields_have_the_names_that_the_contract_gives_them(shop: RevenueBench) -> None:
    paid = a_sale("1.00")
    for sale in (a_sale("129.90"), a_sale("0.10"), paid):
        shop.put(sale)
    shop.put_charge({"_id": "p", "order_no": "A-1", "sale": paid["_id"], "paid": "1.00", "money": "EUR"})

    assert shop.uncharged("A-1") == [Uncharged("A-1", "EUR", DAY, 2, 13000)]


def test_what_is_no_exact_amount_is_left_out_and_stops_nothing(shop: RevenueBench) -> None:
    for total in ("129.90", 129.9, 129, "1.999", "about 5", "NaN", None, True):
        shop.put(a_sale(total))
    shop.put(a_sale("1", money="ZZZ"))

    assert shop.uncharged("A-1") == [Uncharged("A-1", "EUR", DAY, 1, 12990)]


@pytest.mark.parametrize("kind", BOTH)
def test_a_contract_without_a_revenue_side_has_no_applications(kind: str, request: pytest.FixtureRequest) -> None:
    contract = replace(CONTRACT, revenue=None)
    in_memory = kind == "memory"
    port = (
        MemoryApplications(contract) if in_memory else MongoApplications(request.getfixturevalue("database"), contract)
    )

    assert list(port.uncharged(["cl_1"])) == []


@pytest.mark.stack
def test_decimals_of_mongodb_are_exact(database: Database[Documents]) -> None:
    with without_validators(database) as loose:
        for total in ("129.90", "1E+1", "NaN", "0.001"):
            loose["sales"].insert_one(a_sale(Decimal128(total)))

        assert list(MongoApplications(loose, IN_EUROS).uncharged(["A-1"])) == [Uncharged("A-1", "EUR", DAY, 2, 13990)]


@pytest.mark.stack
def test_what_is_no_money_is_left_out_and_stops_nothing(database: Database[Documents]) -> None:
    good = {"client_id": "cl_1", "applied_at": NOON, "amount_minor": 1, "currency": "USD"}
    bad: list[Documents] = [
        {},
        {"amount_minor": 1.5},
        {"amount_minor": "12"},
        {"currency": "$"},
        {"applied_at": "yesterday"},
    ]
    with without_validators(database) as loose:
        loose["applications"].insert_many([{**good, **wrong} for wrong in bad])

        rows = list(MongoApplications(loose, CONTRACT).uncharged(["cl_1"]))

    assert rows == [Uncharged("cl_1", "USD", DAY, 1, 1)]


@pytest.mark.stack
def test_both_collections_are_asked_by_index(database: Database[Documents]) -> None:
    def scans(collection: str, query: Documents) -> str:
        return str(database[collection].find(query).explain()["queryPlanner"]["winningPlan"])

    assert "COLLSCAN" not in scans("applications", {"client_id": {"$in": ["cl_1"]}})
    assert "COLLSCAN" not in scans("charges", {"application_id": {"$in": ["app_1"]}})
