"""`reclaim.undo.ports.Attributions`: in MongoDB, as the backfill leaves it, and in memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from reclaim.adapters.memory.attributions import MemoryAttributions
from reclaim.adapters.mongo.attributions import MongoAttributions
from reclaim.adapters.mongo.records import MongoRecords
from reclaim.adapters.mongo.revenue import MongoRevenue
from reclaim.reconciliation.model import AuditWindow
from reclaim.undo.model import AttributedApplication
from reclaim.undo.ports import Attributions
from tests.builders import CONTRACT, a_creation, at, derived
from tests.contract.conftest import BOTH, Documents

ID = derived("cl_1")
GIVEN_AT = at(1000)
ABSENT = "(absent)"
GIVEN = AttributedApplication("app_1", "cl_1", ID, ID)


@dataclass(frozen=True)
class Bench:
    """Applications of one recovered record without its identity; `give` is the backfill."""

    attributions: Attributions
    give: Callable[[str, dict[str, str | None]], None]
    put: Callable[..., None]
    carried: Callable[[str], str | None]


@pytest.fixture(params=BOTH)
def bench(request: pytest.FixtureRequest) -> Bench:
    return in_mongo(request.getfixturevalue("database")) if request.param == "real" else in_memory()


def in_memory() -> Bench:
    memory = MemoryAttributions()

    def give(run_id: str, before: dict[str, str | None]) -> None:
        for one, had in before.items():
            memory.given[one] = (run_id, replace(GIVEN, application_id=one), had)

    def put(application_id: str, **changes: object) -> None:
        run_id, held, before = memory.given[application_id]
        memory.given[application_id] = (run_id, replace(held, **changes), before)  # type: ignore[arg-type]

    def carried(application_id: str) -> str | None:
        held = memory.detached.get(application_id) or memory.given[application_id][1]
        return held.identity

    return Bench(memory, give, put, carried)


def in_mongo(database: Any) -> Bench:  # noqa: ANN401
    for name in ("applications", "charges"):
        database[name].delete_many({})
    MongoRecords(database, CONTRACT).write([a_creation("cl_1")])
    applications = database["applications"]

    def give(run_id: str, before: dict[str, str | None]) -> None:
        for one, had in before.items():
            carrying = {} if had == ABSENT else {"tracking_id": had}
            money = {"amount_minor": 1250, "currency": "USD"}
            applications.insert_one({"_id": one, "client_id": "cl_1", "applied_at": at(5), **money, **carrying})
        MongoRevenue(database, CONTRACT).attribute(AuditWindow(at(0), at(10), at(10)), run_id, GIVEN_AT)

    def put(application_id: str, **changes: object) -> None:
        if changes.pop("charges", 0):
            charge = {"application_id": application_id, "client_id": "cl_1", "amount_minor": 1250, "currency": "USD"}
            database["charges"].insert_one({"_id": "chg_0", **charge, "charged_at": at(999)})
            database["charges"].insert_one({"_id": "chg_1", **charge, "charged_at": GIVEN_AT})
        if changes:
            applications.update_one({"_id": application_id}, {"$set": {"tracking_id": changes["identity"]}})

    def carried(application_id: str) -> str | None:
        found: Documents = applications.find_one({"_id": application_id})
        value: str | None = found.get("tracking_id", ABSENT)
        return value

    return Bench(MongoAttributions(database, CONTRACT), give, put, carried)


def test_what_a_run_gave_is_found_by_its_name(bench: Bench) -> None:
    bench.give("run-1", {"app_2": None, "app_1": ABSENT})
    bench.give("run-2", {"app_3": None})
    bench.put("app_2", charges=1)

    charged = replace(GIVEN, application_id="app_2", charges=1)
    assert list(bench.attributions.given_by("run-1")) == [GIVEN, charged]
    assert bench.attributions.find("run-1", ["app_2", "app_3", "unheard-of"]) == [charged]


@pytest.mark.parametrize("before", [None, "", ABSENT])
def test_what_was_there_before_is_there_again(bench: Bench, before: str | None) -> None:
    bench.give("run-1", {"app_1": before})
    assert bench.carried("app_1") == ID

    bench.attributions.take_back("run-1", [GIVEN])

    assert bench.carried("app_1") == before
    assert list(bench.attributions.given_by("run-1")) == []


def test_what_has_changed_since_it_was_read_is_left_alone(bench: Bench) -> None:
    bench.give("run-1", {"app_1": None, "app_2": None})
    bench.put("app_1", identity="trk_9")

    bench.attributions.take_back("run-1", [GIVEN])
    bench.attributions.take_back("run-2", [replace(GIVEN, application_id="app_2")])
    bench.attributions.take_back("run-1", [])

    assert (bench.carried("app_1"), bench.carried("app_2")) == ("trk_9", ID)


@pytest.mark.stack
def test_a_contract_without_a_revenue_side_has_no_attributions(database: Any) -> None:  # noqa: ANN401
    attributions = MongoAttributions(database, replace(CONTRACT, revenue=None))

    attributions.take_back("run-1", [GIVEN])

    assert list(attributions.given_by("run-1")) == attributions.find("run-1", ["app_1"]) == []
