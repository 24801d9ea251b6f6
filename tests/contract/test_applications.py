"""`reclaim.ports.Applications`: MongoDB and its twin in memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import count
from typing import Any

import pytest
from pymongo.database import Database

from reclaim.adapters.memory.applications import MemoryApplications
from reclaim.adapters.mongo.applications import MongoApplications
from reclaim.model.uncharged import Uncharged
from reclaim.ports import Applications
from tests.contract.conftest import BOTH, Documents

DAY = date(2026, 11, 20)
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)

_numbers = count(1)


@dataclass(frozen=True)
class Books:
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
def books(request: pytest.FixtureRequest) -> Books:
    """No applications, no charges."""
    if request.param == "memory":
        twin = MemoryApplications()
        return Books(twin, twin.put, twin.charge)
    database: Database[Documents] = request.getfixturevalue("database")
    for name in ("applications", "charges"):
        database[name].delete_many({})
    return Books(MongoApplications(database), database["applications"].insert_one, database["charges"].insert_one)


def test_applications_are_added_up_by_client_currency_and_day(books: Books) -> None:
    books.applied("cl_1", 1250)
    books.applied("cl_1", 900)
    books.applied("cl_1", 5, currency="EUR")
    books.applied("cl_2", 700)
    books.applied("cl_1", 1, applied_at=datetime(2026, 11, 21, 0, 0, tzinfo=UTC))

    assert books.uncharged("cl_2", "cl_1") == [
        Uncharged("cl_1", "EUR", DAY, 1, 5),
        Uncharged("cl_1", "USD", DAY, 2, 2150),
        Uncharged("cl_1", "USD", date(2026, 11, 21), 1, 1),
        Uncharged("cl_2", "USD", DAY, 1, 700),
    ]


def test_an_application_with_any_charge_is_not_uncharged(books: Books) -> None:
    books.charged(books.applied(amount_minor=1))
    given_back = books.applied(amount_minor=2)
    books.charged(given_back, amount_minor=2)
    books.charged(given_back, amount_minor=-2)
    books.charged(books.applied(amount_minor=4), record_key="cl_somebody_else", currency="EUR")
    books.applied(amount_minor=8)

    assert books.uncharged("cl_1") == [Uncharged("cl_1", "USD", DAY, 1, 8)]


def test_only_the_clients_asked_for_are_added_up(books: Books) -> None:
    books.applied("cl_1")

    assert books.uncharged("cl_2") == []
    assert books.uncharged() == []
    assert len(books.uncharged("cl_1", "cl_1")) == 1


def test_a_day_ends_at_midnight_in_utc(books: Books) -> None:
    books.applied(applied_at=datetime(2026, 11, 20, 23, 59, 59, 999000, tzinfo=UTC))

    assert [row.day for row in books.uncharged("cl_1")] == [DAY]


def test_sums_beyond_64_bits_stay_exact(books: Books) -> None:
    most = 2**63 - 1
    for _ in range(3):
        books.applied(amount_minor=most)

    assert books.uncharged("cl_1") == [Uncharged("cl_1", "USD", DAY, 3, 3 * most)]


def test_more_clients_than_one_query_takes_come_in_order(books: Books) -> None:
    records = [f"cl_{number:05d}" for number in range(1001)]
    for record_key in (records[0], records[999], records[1000]):
        books.applied(record_key)

    assert [row.record_key for row in books.uncharged(*reversed(records))] == [records[0], records[999], records[1000]]


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
    loose = database.record[f"{database.name}-loose"]
    loose["applications"].insert_many([{**good, **wrong} for wrong in bad])
    try:
        rows = list(MongoApplications(loose.with_options(codec_options=database.codec_options)).uncharged(["cl_1"]))
    finally:
        database.record.drop_database(loose.name)

    assert rows == [Uncharged("cl_1", "USD", DAY, 1, 1)]


@pytest.mark.stack
def test_both_collections_are_asked_by_index(database: Database[Documents]) -> None:
    def scans(collection: str, query: Documents) -> str:
        return str(database[collection].find(query).explain()["queryPlanner"]["winningPlan"])

    assert "COLLSCAN" not in scans("applications", {"client_id": {"$in": ["cl_1"]}})
    assert "COLLSCAN" not in scans("charges", {"application_id": {"$in": ["app_1"]}})
