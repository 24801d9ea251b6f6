"""What only a real mongod can show: indexes, validators, and what its failures mean (I1, I4, I6)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from pymongo import InsertOne
from pymongo.database import Database

from reclaim.adapters.mongo.connection import bulk_write, connect
from reclaim.adapters.mongo.ledger import MongoLedger
from reclaim.adapters.mongo.records import MongoRecords
from reclaim.adapters.mongo.runs import MongoRuns
from reclaim.adapters.mongo.schema import MongoSchema, collections_of, require_schema
from reclaim.contracts.contract import Contract
from reclaim.local.testing.stack_handle import StackHandle
from reclaim.model.clock import SystemClock
from reclaim.model.errors import SettingsError, StoreUnavailable
from reclaim.model.outcome import Cause, Outcome
from reclaim.recovery import steps
from reclaim.recovery.steps import Batch
from tests.builders import (
    BILLING,
    CONTRACT,
    KEY,
    NOW,
    RUN,
    a_body,
    a_creation,
    a_delivery,
    a_message,
    a_record,
    a_run,
    a_settlement,
    at,
)
from tests.orders import ORDERS, an_order

pytestmark = pytest.mark.stack

Documents = dict[str, Any]
Failing = Callable[..., AbstractContextManager[None]]

CALLS: dict[str, Callable[[Database[Documents]], object]] = {
    "records.find": lambda db: MongoRecords(db, CONTRACT).find(["cl_1"]),
    "records.owners": lambda db: MongoRecords(db, CONTRACT).owners(["trk_1"]),
    "records.write": lambda db: MongoRecords(db, CONTRACT).write([a_creation()]),
    "records.recovered_by": lambda db: list(MongoRecords(db, CONTRACT).recovered_by(RUN)),
    "ledger.record": lambda db: MongoLedger(db).record([a_message()], a_delivery(), NOW),
    "ledger.settle": lambda db: MongoLedger(db).settle([a_settlement("m-1")], a_delivery(), NOW),
    "ledger.mark_deleted": lambda db: MongoLedger(db).mark_deleted(["m-1"], NOW),
    "ledger.find": lambda db: MongoLedger(db).find(["m-1"]),
    "ledger.of_record": lambda db: MongoLedger(db).of_record("cl_1", CONTRACT.name),
    "ledger.of_run": lambda db: list(MongoLedger(db).of_run(RUN)),
    "ledger.count": lambda db: MongoLedger(db).count(RUN),
    "runs.save": lambda db: MongoRuns(db).save(a_run()),
    "runs.beat": lambda db: MongoRuns(db).beat(RUN, NOW),
    "runs.get": lambda db: MongoRuns(db).get(RUN),
    "runs.running": lambda db: MongoRuns(db).running(),
    "runs.interrupted": lambda db: MongoRuns(db).interrupted("dlq"),
    "runs.latest": lambda db: MongoRuns(db).latest(3),
    "schema.plan": lambda db: MongoSchema(db, CONTRACT).plan(),
}


# --- indexes and validators ----------------------------------------------------------------------------------


@pytest.fixture
def fresh(stack: StackHandle) -> Iterator[Database[Documents]]:
    """A database that nobody has provisioned."""
    database = connect(stack.env["RECLAIM_MONGO_URI"], f"contract-{uuid4().hex[:8]}", 5)
    yield database
    database.client.drop_database(database.name)


def test_provisioning_makes_what_is_missing_once(fresh: Database[Documents]) -> None:
    schema = MongoSchema(fresh, CONTRACT)

    planned = schema.plan()
    applied = schema.apply()

    assert planned == applied
    wanted = collections_of(CONTRACT)
    assert {f"collection {name}: create" for name in wanted} <= set(planned)
    assert "collection clients: create index tracking_id_unique" in planned
    assert planned[-1] == "database: set schema number 2"
    assert len(planned) == len(wanted) + sum(len(schema.indexes) for schema in wanted.values()) + 1
    assert schema.plan() == schema.apply() == []


def test_provisioning_restores_what_was_removed_and_keeps_what_is_there(fresh: Database[Documents]) -> None:
    schema = MongoSchema(fresh, CONTRACT)
    schema.apply()
    fresh["clients"].insert_one({"_id": "cl_1", "name": "Acme", "billing": BILLING})
    fresh["clients"].drop_index("tracking_id_unique")
    fresh.command("collMod", "dead_letters", validator={})

    assert schema.apply() == [
        "collection clients: create index tracking_id_unique",
        "collection dead_letters: set the validator",
    ]
    assert schema.plan() == []
    assert fresh["clients"].count_documents({}) == 1


def test_two_contracts_in_one_database_do_not_touch_each_other(fresh: Database[Documents]) -> None:
    MongoSchema(fresh, CONTRACT).apply()
    fresh.command("collMod", "clients", validator={})
    fresh["clients"].drop_index("tracking_id_unique")
    other = replace(CONTRACT, name="other", collection="others", revenue=None)

    changed = MongoSchema(fresh, other).apply()

    assert changed == [
        "collection others: create",
        "collection others: create index tracking_id_unique",
        "collection others: create index recovery_run",
    ]
    assert set(MongoSchema(fresh, CONTRACT).plan()) == {
        "collection clients: set the validator",
        "collection clients: create index tracking_id_unique",
    }


def test_without_a_revenue_side_its_collections_are_not_created(fresh: Database[Documents]) -> None:
    MongoSchema(fresh, replace(CONTRACT, revenue=None)).apply()

    assert not {"applications", "charges"} & set(fresh.list_collection_names())


def test_a_database_of_another_schema_number_is_refused(fresh: Database[Documents]) -> None:
    require_schema(fresh)
    MongoSchema(fresh, CONTRACT).apply()
    require_schema(fresh)
    fresh["reclaim_schema"].update_one({"_id": "schema"}, {"$set": {"number": 3}})

    for refused in (
        lambda: require_schema(fresh),
        MongoSchema(fresh, CONTRACT).plan,
        MongoSchema(fresh, CONTRACT).apply,
    ):
        with pytest.raises(SettingsError, match="has schema number 3, and this version of Reclaim works with 2"):
            refused()


def test_owners_are_looked_up_in_the_unique_index(database: Database[Documents]) -> None:
    store = MongoRecords(database, CONTRACT)
    store.write([a_creation(f"cl_{number}") for number in range(20)])
    wanted = [a_record(f"cl_{number}").identity for number in range(20)]
    database.command("profile", 2)
    try:
        assert len(store.owners([one for one in wanted if one])) == 20
    finally:
        database.command("profile", 0)
    (looked_up,) = (
        database["system.profile"].find({"op": "query", "ns": f"{database.name}.clients"}).sort("ts", -1).limit(1)
    )
    database["system.profile"].drop()

    assert looked_up["planSummary"] == "IXSCAN { tracking_id: 1 }"
    assert looked_up["docsExamined"] <= 20


def test_records_with_an_empty_identity_are_many_and_get_theirs(database: Database[Documents]) -> None:
    billing = {"model": "cpa", "rate_minor": 1250, "currency": "USD"}
    database["clients"].insert_many(
        [
            {"_id": "cl_1", "name": "Acme Staffing", "billing": billing, "tracking_id": ""},
            {"_id": "cl_2", "name": "Acme Staffing", "billing": billing, "tracking_id": ""},
            {"_id": "cl_3", "name": "Acme Staffing", "billing": billing, "tracking_id": None},
            {"_id": "cl_4", "name": "Acme Staffing", "billing": billing},
        ]
    )

    outcomes = taken_through(database, *[a_body(f"cl_{number}") for number in range(1, 5)])

    assert outcomes == [(Outcome.RECOVERED, Cause.MISSING_ID)] * 4
    for document in database["clients"].find():
        assert document["tracking_id"] == a_record(document["_id"]).identity
        assert "country" not in document  # nothing else was touched
        assert document["recovery"]["before"]["name"] == "Acme Staffing"


def test_a_record_that_was_there_before_keeps_its_fields_whatever_events_follow(database: Database[Documents]) -> None:
    database["clients"].insert_one({"_id": "cl_1", "name": "Acme Staffing", "billing": BILLING, "segment": "x"})

    taken_through(database, a_body("cl_1", second=5))
    outcomes = taken_through(database, a_body("cl_1", second=0))

    (document,) = database["clients"].find()
    assert outcomes == [(Outcome.DUPLICATE, Cause.ALREADY_RECOVERED)]
    assert document.keys() == {"_id", "name", "billing", "segment", "tracking_id", "recovery"}
    assert "tracking_id" not in document["recovery"]["before"]


def test_records_of_two_contracts_with_one_key_are_recovered_side_by_side(fresh: Database[Documents]) -> None:
    for contract in (CONTRACT, ORDERS):
        MongoSchema(fresh, contract).apply()

    clients = taken_through(fresh, a_body("A-1"))
    orders = [taken_through(fresh, an_order("A-1", total=total), contract=ORDERS) for total in ("129.90", "129.9", "5")]

    assert clients == [(Outcome.RECOVERED, Cause.MISSING_ID)]
    assert orders == [
        [(Outcome.RECOVERED, Cause.MISSING_ID)],
        [(Outcome.DUPLICATE, Cause.ALREADY_RECOVERED)],
        [(Outcome.QUARANTINED, Cause.RECORD_CONFLICT)],
    ]
    (client,), (order,) = fresh["clients"].find(), fresh["orders"].find()
    assert (client["_id"], client["tracking_id"]) == ("A-1", CONTRACT.identity.derive("A-1", KEY))
    assert order.keys() == {
        *("_id", "buyer", "total", "currency", "order_token", "created_at", "source_event_id", "recovery")
    }
    assert (order["_id"], order["total"]) == ("A-1", "129.90")
    assert order["order_token"] == ORDERS.identity.derive("A-1", KEY)
    assert MongoRecords(fresh, ORDERS).owners([client["tracking_id"], order["order_token"]]) == {
        order["order_token"]: "A-1"
    }


@pytest.mark.parametrize(
    "document",
    [
        {"name": "", "billing": {"model": "cpa", "rate_minor": 1, "currency": "USD"}},
        {"name": "Acme", "billing": {"model": "cpa", "rate_minor": 1.5, "currency": "USD"}},
        {"name": "Acme", "billing": {"model": "cpa", "rate_minor": -1, "currency": "USD"}},
        {"name": "Acme", "billing": {"model": "cpa", "rate_minor": 1, "currency": "usd"}},
        {"name": "Acme", "billing": {"model": "cpa", "rate_minor": 1, "currency": "USD"}, "tracking_id": "mine"},
        {"name": "Acme"},
    ],
)
def test_the_validator_refuses_an_invalid_record_and_takes_its_neighbours(
    database: Database[Documents], document: Documents
) -> None:
    good = {"name": "Acme", "billing": {"model": "cpa", "rate_minor": 1, "currency": "USD"}}
    operations = [InsertOne({"_id": "cl_1", **document}), InsertOne({"_id": "cl_2", **good})]

    assert bulk_write(database["clients"], operations) == [0]
    assert [found["_id"] for found in database["clients"].find()] == ["cl_2"]


def test_what_the_validator_refuses_shows_when_it_is_read_back_and_is_deferred(database: Database[Documents]) -> None:
    database.command("collMod", "clients", validator={"name": {"$ne": "Beta Talent"}})
    try:
        outcomes = taken_through(database, a_body("cl_1", name="Beta Talent"), a_body("cl_2"))
    finally:
        database.command("collMod", "clients", validator=collections_of(CONTRACT)["clients"].validator)

    assert outcomes == [None, (Outcome.RECOVERED, Cause.MISSING_ID)]
    assert MongoSchema(database, CONTRACT).plan() == []


def test_a_ledger_that_takes_no_entry_stops_the_batch_before_anything_is_done(database: Database[Documents]) -> None:
    database.command("collMod", "dead_letters", validator={"queue": {"$ne": "dlq"}})
    try:
        with pytest.raises(StoreUnavailable, match="would not take 2 of 2 messages into the ledger"):
            MongoLedger(database).record([a_message(), a_message()], a_delivery(), NOW)
    finally:
        MongoSchema(database, CONTRACT).apply()


def test_a_field_called_recovery_of_another_programs_making_is_no_recovery(database: Database[Documents]) -> None:
    billing = {"model": "cpa", "rate_minor": 1250, "currency": "USD"}
    database["clients"].insert_many(
        [
            {"_id": "cl_1", "name": "Acme Staffing", "billing": billing, "recovery": {"by": "hand"}},
            {"_id": "cl_2", "name": "Acme Staffing", "billing": billing, "recovery": {"origin": "x", "run_id": 7}},
        ]
    )

    assert [record.recovery for record in MongoRecords(database, CONTRACT).find(["cl_1", "cl_2"]).values()] == [
        None,
        None,
    ]


# --- failures ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
def test_a_server_that_cannot_keep_up_is_unavailable_whatever_is_asked_of_it(
    database: Database[Documents], failing: Failing, call: Callable[[Database[Documents]], object]
) -> None:
    commands = ("find", "insert", "update", "aggregate", "listCollections")
    with failing(*commands, errorCode=262), pytest.raises(StoreUnavailable):  # ExceededTimeLimit
        call(database)


def test_a_server_that_is_going_down_is_unavailable(stack: StackHandle, failing: Failing) -> None:
    database = connect(stack.env["RECLAIM_MONGO_URI"], "contract", 0.3)

    with failing("find", errorCode=91), pytest.raises(StoreUnavailable):  # ShutdownInProgress
        MongoRecords(database, CONTRACT).find(["cl_1"])


def test_a_connection_that_breaks_off_is_unavailable(database: Database[Documents], failing: Failing) -> None:
    with failing("find", "insert", closeConnection=True), pytest.raises(StoreUnavailable):
        MongoLedger(database).record([a_message()], a_delivery(), NOW)


def test_a_blip_is_retried_by_the_driver_and_not_seen(database: Database[Documents]) -> None:
    once = {"failCommands": ["insert"], "closeConnection": True}
    database.client.admin.command("configureFailPoint", "failCommand", mode={"times": 1}, data=once)

    recorded = MongoLedger(database).record([a_message(message_id="m-1")], a_delivery(), NOW)

    assert len(recorded.fresh) == 1
    assert MongoLedger(database).find(["m-1"])["m-1"].attempts == 1


def test_a_write_without_a_majority_behind_it_is_not_taken_for_done(
    database: Database[Documents], failing: Failing
) -> None:
    no_majority = {"code": 64, "codeName": "WriteConcernFailed", "errmsg": "waiting for replication timed out"}
    with failing("insert", "update", writeConcernError=no_majority):
        with pytest.raises(StoreUnavailable):
            MongoRecords(database, CONTRACT).write([a_creation()])
        with pytest.raises(StoreUnavailable):
            MongoLedger(database).record([a_message()], a_delivery(), NOW)
        with pytest.raises(StoreUnavailable):
            MongoLedger(database).mark_deleted(["m-1"], NOW)


def test_refused_access_is_a_matter_of_settings(database: Database[Documents], failing: Failing) -> None:
    with failing("find", errorCode=13), pytest.raises(SettingsError, match="RECLAIM_MONGO_URI"):
        MongoRecords(database, CONTRACT).find(["cl_1"])


def test_wrong_credentials_are_a_matter_of_settings_and_are_not_repeated(stack: StackHandle) -> None:
    uri = stack.env["RECLAIM_MONGO_URI"].replace("mongodb://", "mongodb://night:s3cret@")

    with pytest.raises(SettingsError) as caught:
        MongoRecords(connect(uri, "contract", 2), CONTRACT).find(["cl_1"])

    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("uri", ["", "mongodb://", "mongodb://night:s3cret@host:port/", "mongodb://a:b:s3cret@x/"])
def test_a_uri_that_is_none_is_a_matter_of_settings_and_is_not_repeated(uri: str) -> None:
    with pytest.raises(SettingsError) as caught:
        connect(uri, "contract", 2)

    assert "s3cret" not in str(caught.value)


def test_a_server_that_is_not_there_is_given_up_in_time() -> None:
    database = connect("mongodb://127.0.0.1:1/?directConnection=true", "contract", 0.5)
    started = time.monotonic()

    with pytest.raises(StoreUnavailable):
        MongoRuns(database).running()

    assert time.monotonic() - started < 5


def test_a_frozen_server_is_given_up_in_time_and_works_again_when_it_thaws(stack: StackHandle) -> None:
    database = connect(stack.env["RECLAIM_MONGO_URI"], "contract", 0.5)
    runs = MongoRuns(database)
    runs.begin(a_run("run-frozen"))
    stack.mongod.freeze()
    started = time.monotonic()
    try:
        with pytest.raises(StoreUnavailable):
            runs.beat("run-frozen", at(5))
        waited = time.monotonic() - started
    finally:
        stack.mongod.thaw()

    runs.beat("run-frozen", at(9))

    assert waited < 10
    found = runs.get("run-frozen")
    assert found is not None
    assert found.heartbeat_at == at(9)


def taken_through(
    database: Database[Documents], *bodies: str, contract: Contract = CONTRACT
) -> list[tuple[Outcome, Cause] | None]:
    """One batch of these bodies through every step but the deletion; what the ledger says of each."""
    records, ledger, clock = MongoRecords(database, contract), MongoLedger(database), SystemClock()
    messages = [a_message(body, uuid4().hex) for body in bodies]
    batch = Batch(replace(a_delivery(uuid4().hex), contract=contract.name), messages)
    steps.record(ledger, batch, clock)
    decided = steps.decide(records, batch, contract, KEY, clock)
    decided = steps.write(records, batch, decided, contract, KEY, clock)
    steps.settle(ledger, batch, decided, clock)
    found = ledger.find([message.message_id for message in messages])
    entries = [found[message.message_id] for message in messages]
    return [(one.outcome, one.cause) if one.outcome and one.cause else None for one in entries]
