"""Another contract than the default, as a user types it: the example of orders, alone and beside the default."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from reclaim.local.testing.stack_handle import PROJECT, StackHandle
from tests.builders import a_body
from tests.e2e.scene import Scene
from tests.orders import an_order

pytestmark = pytest.mark.stack

ORDERS: Final = {"RECLAIM_CONTRACT": f"{PROJECT / 'examples' / 'order_created' / 'contract.py'}:contract"}
CLIENT_WORDS: Final = re.compile(r"\bclients?\b|tracking[ _]id|trk_|\bbilling\b", re.IGNORECASE)


def test_orders_are_recovered_from_seed_to_verify(stack: StackHandle) -> None:
    scene = Scene.on(stack, **ORDERS, RECLAIM_VISIBILITY_TIMEOUT_SECONDS="10")
    preflight = scene.run("preflight", "--json")
    assert preflight.exit_code == 0, preflight.stdout
    truth = scene.seed(120, seed=5)
    before = orders(scene)

    inspected = scene.run("inspect", "--json").report
    assert (inspected["seen"], inspected["depth"]["visible"]) == (120, 120)
    assert inspected["causes"]["schema_violation"] == truth["causes"]["schema_violation"]
    dry = scene.recover("--dry-run")
    assert dry.report["counts"] == truth["counts"]
    assert orders(scene) == before

    done = scene.recover("--reason", "INC-4712")
    report = done.report
    assert done.exit_code == 2, done.stderr  # the outage holds messages that need a person
    assert (report["contract"], report["balanced"], report["validation"]["success"]) == ("order_created", True, True)
    assert (report["counts"], report["causes"]) == (truth["counts"], truth["causes"])
    scene.assert_truth(truth)
    recovered = orders(scene)
    for order_no, order in recovered.items():
        if order.get("recovery", {}).get("origin") == "regenerated":
            assert order["order_token"] == token_of(order_no, scene.key)
    assert len({order["order_token"] for order in recovered.values()}) == len(recovered)

    scene.send([an_order("A-1", total=3)])
    assert scene.recover().exit_code == 2
    released = scene.run("quarantine", "release", "--rule", "total-as-text", "--yes", "--json")
    assert released.exit_code == 2, released.stderr  # what the rule does not fit stays
    assert released.report["counts"]["recovered"] == 1
    assert (orders(scene)["A-1"]["total"], tokens(scene)["A-1"]) == ("3", token_of("A-1", scene.key))
    created = next(one for one in recovered if recovered[one].get("recovery", {}).get("run_id") == report["run_id"])
    traced = scene.run("trace", created, "--json").report
    assert traced["record"]["identity"] == recovered[created]["order_token"]
    assert scene.run("report", report["run_id"], "--json").report["counts"] == truth["counts"]
    assert scene.run("verify", f"{scene.env['RECLAIM_REPORTS_URL']}/{report['run_id']}").exit_code == 0

    undone = scene.run("undo", report["run_id"], "--reason", "INC-4712", "--yes", "--json")
    assert (undone.exit_code, undone.report["counts"]["kept"]) == (0, 0), undone.stderr
    assert orders(scene).keys() == before.keys() | {"A-1"}
    again = scene.recover()
    assert (again.report["balanced"], again.report["counts"]) == (True, truth["counts"])
    assert tokens(scene) == {key: order["order_token"] for key, order in recovered.items()} | {
        "A-1": token_of("A-1", scene.key)
    }


def test_pages_and_terminal_say_order_and_order_token(stack: StackHandle) -> None:
    scene = Scene.on(stack, **ORDERS)
    scene.send([an_order("A-1"), an_order("A-2", total=3), an_order("A-3"), an_order("A-3", total="1.00")])

    looked = scene.run("inspect").stdout
    done = scene.run("recover", "--yes")
    listed = scene.run("quarantine", "list").stdout
    traced = scene.run("trace", "A-1").stdout

    run_id = found(scene, "recovery_runs", {})["_id"]
    folder = Path(scene.env["RECLAIM_REPORTS_URL"]) / run_id
    page = (folder / "report.html").read_text()
    assert "Order token was missing" in page
    assert "order token" in traced
    assert "Another event of this order was written first" in " ".join(listed.split())
    undone = scene.run("undo", run_id, "--dry-run").stdout
    assert "orders removed" in undone
    for text in (looked, done.stdout, done.stderr, listed, traced, undone, page):
        assert not CLIENT_WORDS.findall(text)
    for name in ("messages.csv", "report.json", "events.jsonl"):
        assert "record_key" in (folder / name).read_text()


def test_two_contracts_live_in_one_database_without_touching_each_other(stack: StackHandle) -> None:
    clients = Scene.on(stack)
    orders_queue = f"{clients.env['RECLAIM_QUEUE']}-orders"
    own = {"RECLAIM_QUEUE": orders_queue, "RECLAIM_SOURCE_QUEUE": f"{orders_queue}-source"}
    shop = clients.with_settings(**ORDERS, **own)
    assert shop.run("provision").exit_code == 0
    truth_of_clients = clients.seed(80, seed=6)
    truth_of_orders = shop.seed(80, seed=6)

    for scene, other in ((clients, shop), (shop, clients)):
        for command in ("recover", "ingest"):
            refused = scene.run(command, "--queue", other.env["RECLAIM_QUEUE"])
            assert refused.exit_code == 64, refused.stdout
            assert "is tagged for the contract" in refused.stderr
        assert other.depth() == {"visible": 80, "in_flight": 0}
    assert clients.database["dead_letters"].count_documents({}) == 0

    first, second = clients.recover().report, shop.recover().report

    assert (first["counts"], first["causes"]) == (truth_of_clients["counts"], truth_of_clients["causes"])
    assert (second["counts"], second["causes"]) == (truth_of_orders["counts"], truth_of_orders["causes"])
    by_contract = clients.database["dead_letters"].distinct("_id", {"contract": "client_created"})
    assert len(by_contract) == clients.database["dead_letters"].count_documents({"run_id": first["run_id"]}) == 80
    assert clients.database["clients"].count_documents({"order_token": {"$exists": True}}) == 0
    assert clients.database["orders"].count_documents({"tracking_id": {"$exists": True}}) == 0
    quarantined = [sum(group["count"] for group in open_of(scene)) for scene in (clients, shop)]
    assert quarantined == [first["counts"]["quarantined"], second["counts"]["quarantined"]]

    untouched = orders(shop)
    assert shop.run("undo", first["run_id"], "--reason", "a try", "--yes").exit_code == 64
    assert clients.run("trace", next(iter(untouched))).exit_code == 64
    assert clients.run("undo", first["run_id"], "--reason", "a try", "--yes").exit_code == 0
    assert clients.database["clients"].count_documents({"recovery": {"$exists": True}}) == 0
    assert orders(shop) == untouched
    assert shop.depth().total() == 0


def test_a_run_on_a_queue_of_other_events_halts_and_names_them(stack: StackHandle) -> None:
    scene = Scene.on(stack, **ORDERS)
    cancelled = [json.loads(an_order(f"A-{number}")) | {"type": "order.cancelled"} for number in range(40)]
    scene.send([json.dumps(body) for body in cancelled])

    halted = scene.recover()

    assert halted.exit_code == 3
    assert "order.cancelled (28)" in halted.report["explanation"]
    assert "order_created" in halted.report["explanation"]
    assert halted.report["counts"]["received"] == 28
    assert scene.depth().total() == 12


def test_a_database_of_another_version_is_refused_and_not_touched(stack: StackHandle) -> None:
    scene = Scene.on(stack)
    scene.send([a_body("cl_1")])
    scene.database["reclaim_schema"].update_one({"_id": "schema"}, {"$set": {"number": 999}})

    for command in (("recover", "--yes"), ("quarantine", "list"), ("trace", "cl_1"), ("provision",)):
        refused = scene.run(*command)
        assert refused.exit_code == 64, refused.stderr
        assert "has schema number 999" in refused.stderr

    inspected = scene.run("inspect")  # of the queue; what it cannot say of the database is a warning
    assert (inspected.exit_code, "has schema number 999" in inspected.stderr) == (0, True)

    assert scene.depth() == {"visible": 1, "in_flight": 0}
    assert scene.database["dead_letters"].count_documents({}) == 0


@pytest.mark.parametrize(
    ("reference", "sentence"),
    [
        ("nowhere/contract.py:contract", "there is no such file"),
        (f"{PROJECT / 'examples' / 'order_created' / 'contract.py'}:orders", "has no orders"),
        ("reclaim.contracts.client_created", "it must be package.module:name or path/file.py:name"),
        ("reclaim.contracts.client_created:DEFAULT", "has no DEFAULT"),
        ("reclaim.settings:Settings", "is a ModelMetaclass"),
    ],
)
def test_a_wrong_contract_is_one_sentence_and_touches_nothing(
    stack: StackHandle, reference: str, sentence: str
) -> None:
    wrong = replace(stack, env={**stack.env, "RECLAIM_CONTRACT": reference, "RECLAIM_QUEUE": "never-made-dlq"})

    done = wrong.run("provision")

    assert done.returncode == 64
    assert sentence in done.stderr
    assert len(done.stderr.splitlines()) == 1


# --- what there is -----------------------------------------------------------------------------------------------


def orders(scene: Scene) -> dict[str, dict[str, Any]]:
    return {order["_id"]: order for order in scene.database["orders"].find()}


def tokens(scene: Scene) -> dict[str, str]:
    return {key: one["order_token"] for key, one in orders(scene).items()}


def found(scene: Scene, collection: str, what: dict[str, Any]) -> dict[str, Any]:
    document = scene.database[collection].find_one(what)
    assert document is not None
    return document


def open_of(scene: Scene) -> list[dict[str, Any]]:
    groups: list[dict[str, Any]] = scene.run("quarantine", "list", "--json").report["groups"]
    return groups


def token_of(order_no: str, key: bytes) -> str:
    """The token that the contract's rule gives, worked out without the product."""
    digest = hmac.new(key, f"order:{order_no}".encode(), hashlib.sha256).digest()
    number = int.from_bytes(digest[:16], "big")
    return "ot_" + "".join("0123456789abcdefghjkmnpqrstvwxyz"[number >> shift & 31] for shift in range(125, -1, -5))
