"""Bodies that are made to break something: quarantined, shown safely, and no trouble to the others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reclaim.local.testing.stack_handle import StackHandle
from tests.e2e.scene import Scene

pytestmark = pytest.mark.stack

LIMIT = 2**20
"""The most that SQS takes in one message, in bytes."""


def event(number: int, **changes: Any) -> dict[str, Any]:  # noqa: ANN401
    record = {
        "client_id": f"cl_garbage_{number}",
        "name": f"Client {number}",
        "country": "US",
        "billing": {"model": "cpa", "rate_minor": 1250, "currency": "USD"},
        "tracking_id": None,
    }
    return {
        "schema_version": 1,
        "event_type": "client.created",
        "event_id": f"evt_garbage_{number}",
        "occurred_at": "2026-11-20T08:15:30.123Z",
        "producer": "client-service",
        "client": {**record, **changes},
    }


GARBAGE = {
    "lone surrogate escapes": (json.dumps(event(1)).replace("Client 1", r"\ud800\udfff\ud800"), "malformed_json"),
    "a mebibyte of brackets": ("[" * LIMIT, "malformed_json"),
    "nested objects": ('{"a":' * 100_000 + "1" + "}" * 100_000, "malformed_json"),
    "ten thousand digits": (json.dumps(event(2)).replace("1250", "9" * 10_000), "malformed_json"),
    "not a number": (json.dumps(event(3)).replace("1250", "NaN"), "malformed_json"),
    "operators as keys": (json.dumps({"$where": "sleep(1000)", "a.b": {"$ne": None}}), "schema_violation"),
    "a script as ID": (json.dumps(event(4, client_id="<script>alert(1)</script>")), "schema_violation"),
    "a formula as ID": (json.dumps(event(5, client_id='=HYPERLINK("http://evil","x")')), "schema_violation"),
    "a formula": ('=HYPERLINK("http://evil","x")', "malformed_json"),
    "a script": ("<script>alert(1)</script>", "malformed_json"),
    "nothing but space": (" ", "malformed_json"),
    "more than 64 bits": (json.dumps(event(6)).replace("1250", str(2**63)), "schema_violation"),
    "money as a float": (json.dumps(event(7)).replace("1250", "12.50"), "schema_violation"),
    "null": ("null", "schema_violation"),
}


def test_garbage_is_quarantined_shown_safely_and_delays_nobody(stack: StackHandle) -> None:
    scene = Scene.on(stack)
    good = [json.dumps(event(100 + number)) for number in range(60)]
    hostile_but_valid = [
        json.dumps(event(200, name="<script>alert(1)</script>")),
        json.dumps(event(201, name='=HYPERLINK("http://evil","x")')),
        json.dumps({**event(202), "$where": "1", "a.b": {"$gt": 1}}),
    ]
    ids = scene.send([body for body, _ in GARBAGE.values()])
    scene.send(good + hostile_but_valid)

    done = scene.recover()

    assert done.exit_code == 2, done.stderr
    assert done.report["counts"] == {
        "received": len(GARBAGE) + 63,
        "recovered": 63,
        "duplicate": 0,
        "quarantined": len(GARBAGE),
        "deferred": 0,
    }
    entries = {entry["_id"]: entry for entry in scene.database["dead_letters"].find()}
    for message_id, (name, (body, cause)) in zip(ids, GARBAGE.items(), strict=True):
        assert (name, entries[message_id]["cause"]) == (name, cause)
        assert (name, entries[message_id]["body"]) == (name, body)  # kept whole
    assert_shown_safely(Path(scene.env["RECLAIM_REPORTS_URL"]) / done.report["run_id"])
    assert scene.run("trace", ids[0]).exit_code == 0


def assert_shown_safely(folder: Path) -> None:
    for page in folder.rglob("*.html"):
        assert "<script>alert" not in page.read_text()
    cells = [cell for line in (folder / "messages.csv").read_text().splitlines() for cell in line.split(",")]
    assert not [cell for cell in cells if cell.lstrip('"').startswith(("=", "+", "@"))]
