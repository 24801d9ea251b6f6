"""From a recovery that halts to a webhook that hears of it, through a provisioned automation of the real server."""

from __future__ import annotations

import json
import queue
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from reclaim.local.testing.stack_handle import StackHandle
from tests.builders import a_body
from tests.e2e.deployed import Orchestrator
from tests.e2e.scene import Scene

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]


@dataclass
class Receiver:
    """A webhook on loopback, and what was sent there."""

    url: str = ""
    posts: queue.Queue[dict[str, Any]] = field(default_factory=queue.Queue)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    received = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.posts.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_args: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        received.url = f"http://127.0.0.1:{server.server_port}/hook"
        yield received
        server.shutdown()


@pytest.fixture
def scene(stack: StackHandle, receiver: Receiver) -> Iterator[Scene]:
    scene = Scene.on(stack, RECLAIM_NOTIFY_URL=receiver.url)
    yield scene
    name = scene.env["RECLAIM_QUEUE"]
    with Orchestrator(scene.env["PREFECT_API_URL"]) as orchestrator:
        block = orchestrator.ask("GET", f"/block_types/slug/custom-webhook/block_documents/name/reclaim-{name}")
        asked = {"automations": {"name": {"any_": [f"reclaim-{name}-notifications"]}}}
        (automation,) = orchestrator.ask("POST", "/automations/filter", asked)
        orchestrator.ask("DELETE", f"/automations/{automation['id']}")
        orchestrator.ask("DELETE", f"/block_documents/{block['id']}")


def test_a_recovery_that_halts_reaches_the_webhook_in_one_sentence(scene: Scene, receiver: Receiver) -> None:
    scene.send([a_body(f"cl_{number}") for number in range(60)])

    halted = stop_at_work(scene)

    post = receiver.posts.get(timeout=180)
    assert post["subject"] == f"Run halted: {scene.env['RECLAIM_QUEUE']}"
    headline, *_, link = post["text"].splitlines()
    assert headline.startswith(f"Halted: {halted['counts']['recovered']} of ")
    assert halted["run_id"] in post["text"]
    assert "docs/runbook.md#run-halted" in post["text"]
    assert link.startswith(f"{scene.env['PREFECT_UI_URL']}/runs/flow-run/")
    time.sleep(1)
    assert receiver.posts.empty()


def stop_at_work(scene: Scene) -> dict[str, Any]:
    """Press Ctrl+C on a slow recovery that has settled something; its report."""
    process = scene.start_recovery("--rate", "4")
    deadline = time.monotonic() + 120
    while not scene.database["dead_letters"].find_one({"outcome": "recovered"}):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline, "it settled nothing"
        time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=180)
    assert process.returncode == 3, stderr
    report: dict[str, Any] = json.loads(stdout)
    return report
