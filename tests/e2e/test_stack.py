"""`up`, `status` and `down` as an engineer types them, with the real mongod, LocalStack and Prefect."""

from __future__ import annotations

import json
import os
import signal
import socketserver
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import psutil
import pymongo
import pytest

from reclaim.local.environment import parse
from reclaim.local.processes import MARKER
from reclaim.local.testing.stack_handle import StackHandle

pytestmark = pytest.mark.stack


def processes_of(home: Path) -> list[psutil.Process]:
    """Every process of a stack and its descendants, whatever the records say."""
    return [process for process in psutil.process_iter() if marker_of(process).startswith(f"{home}:")]


def marker_of(process: psutil.Process) -> str:
    try:
        return str(process.environ().get(MARKER, ""))
    except psutil.Error:
        return ""


def listening(process: psutil.Process) -> set[str]:
    return {c.laddr.ip for c in process.net_connections("inet") if c.status == psutil.CONN_LISTEN}


@contextmanager
def stranger_at(port: int) -> Iterator[None]:
    """Another program, which closes every connection at once."""
    with socketserver.TCPServer(("127.0.0.1", port), socketserver.BaseRequestHandler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield
        server.shutdown()


def read(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=60) as response:  # noqa: S310  (an address of the stack's own)
        return bytes(response.read())


def eventually(condition: Callable[[], bool], seconds: float = 120.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.05)


def states(stdout: str) -> dict[str, str]:
    return {service["service"]: service["state"] for service in json.loads(stdout)["services"]}


ALL_UP = {"mongod": "up", "localstack": "up", "prefect": "up"}
ALL_DOWN = {"mongod": "down", "localstack": "down", "prefect": "down"}


def test_from_up_to_down(idle_stack: StackHandle) -> None:
    assert states(idle_stack.run("status", "--json").stdout) == ALL_DOWN
    assert "No local stack runs here" in idle_stack.run("status").stdout

    up = idle_stack.run("up", "--json", timeout=600)
    assert up.returncode == 0, up.stderr
    assert set(json.loads(up.stdout)["started"]) == set(ALL_UP)
    assert states(up.stdout) == ALL_UP
    before = parse(idle_stack.layout.stack_env.read_text())
    assert "MongoDB" in up.stderr
    assert before["RECLAIM_TRACKING_KEY"] not in up.stdout + up.stderr

    running = processes_of(idle_stack.home)
    assert set().union(*map(listening, running)) == {"127.0.0.1"}

    with pymongo.MongoClient[dict[str, Any]](before["RECLAIM_MONGO_URI"]) as client:
        client.get_database("tracking", write_concern=pymongo.WriteConcern("majority")).kept.insert_one({"_id": 1})

    again = idle_stack.run("up", "--json")
    assert json.loads(again.stdout)["started"] == []
    assert "already running" in again.stderr

    down = idle_stack.run("down", "--json")
    assert set(json.loads(down.stdout)["stopped"]) == set(ALL_UP)
    assert [process for process in running if process.is_running() and process.status() != "zombie"] == []
    assert not idle_stack.layout.stack_env.exists()
    assert idle_stack.run("down").stdout == "No local stack runs here.\n"

    # The next stack has the old data at the old addresses, except where somebody took an address meanwhile.
    port = int(before["RECLAIM_MONGO_URI"].split(":")[2].split("/")[0])
    with stranger_at(port):
        assert idle_stack.run("up").returncode == 0
    after = parse(idle_stack.layout.stack_env.read_text())
    assert {name for name in after if after[name] != before[name]} == {"RECLAIM_MONGO_URI"}
    with pymongo.MongoClient[dict[str, Any]](after["RECLAIM_MONGO_URI"]) as client:
        assert client.tracking.kept.count_documents({}) == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("running", [1, 3])
def test_an_interrupted_up_leaves_nothing_running(
    idle_stack: StackHandle, number: signal.Signals, running: int
) -> None:
    up = idle_stack.popen("up")
    eventually(lambda: up.poll() is not None or len(processes_of(idle_stack.home)) >= running)

    os.killpg(up.pid, number)

    _, stderr = up.communicate(timeout=180)
    assert up.returncode not in {0, 1}, stderr
    assert "Traceback" not in stderr
    assert processes_of(idle_stack.home) == []
    assert states(idle_stack.run("status", "--json").stdout) == ALL_DOWN


def test_what_a_killed_up_has_started_is_found_by_the_next(idle_stack: StackHandle) -> None:
    up = idle_stack.popen("up")
    eventually(lambda: len(processes_of(idle_stack.home)) == 3)
    up.kill()
    up.communicate()

    assert idle_stack.run("up", timeout=300).returncode == 0
    assert states(idle_stack.run("status", "--json").stdout) == ALL_UP
    assert len(processes_of(idle_stack.home)) == 3

    idle_stack.run("down")
    assert processes_of(idle_stack.home) == []


def test_a_mongod_that_died_or_hangs_shows_and_comes_back(stack: StackHandle) -> None:
    stack.mongod.stop()
    dead = stack.run("status", "--json")
    stack.mongod.start()

    stack.mongod.freeze()
    hanging = stack.run("status", "--json")
    stack.mongod.thaw()

    assert (dead.returncode, hanging.returncode) == (4, 4)
    assert states(dead.stdout) == ALL_UP | {"mongod": "dead"}
    assert states(hanging.stdout) == ALL_UP | {"mongod": "not answering"}
    assert "MongoDB is dead. Run `reclaim up`" in dead.stderr
    assert stack.as_processes.run("status").returncode == 0


def test_mongodb_is_a_primary_with_transactions_and_fail_points(stack: StackHandle) -> None:
    with pymongo.MongoClient[dict[str, Any]](stack.env["RECLAIM_MONGO_URI"]) as client:
        with client.start_session() as session, session.start_transaction():
            client.tracking.tried.insert_one({"n": 1}, session=session)
        client.admin.command(
            {
                "configureFailPoint": "failCommand",
                "mode": {"times": 1},
                "data": {"failCommands": ["ping"], "errorCode": 2},
            }
        )
        with pytest.raises(pymongo.errors.OperationFailure):
            client.admin.command("ping")
        client.admin.command("ping")


def test_localstack_has_every_service_that_reclaim_uses(stack: StackHandle) -> None:
    session: Any = boto3.Session(
        stack.env["AWS_ACCESS_KEY_ID"], stack.env["AWS_SECRET_ACCESS_KEY"], region_name=stack.env["AWS_REGION"]
    )

    def client_of(service: str) -> Any:  # noqa: ANN401  (each is of another type)
        return session.client(service, endpoint_url=stack.env["AWS_ENDPOINT_URL"])

    url = client_of("sqs").create_queue(QueueName="tried")["QueueUrl"]
    assert url.startswith(stack.env["AWS_ENDPOINT_URL"])
    assert client_of("kms").create_key()["KeyMetadata"]["Enabled"]
    assert client_of("sns").create_topic(Name="tried")["TopicArn"]
    assert client_of("cloudwatch").list_metrics()["Metrics"] is not None
    assert client_of("s3").list_buckets()["Buckets"] == []
    assert client_of("events").list_rules()["Rules"] == []
    assert client_of("logs").describe_log_groups()["logGroups"] is not None
    assert client_of("iam").list_roles()["Roles"] is not None
    assert client_of("sts").get_caller_identity()["Account"]


@pytest.mark.parametrize("page", ["/", "/v2/"])
def test_the_prefect_ui_is_served_and_knows_its_server(stack: StackHandle, page: str) -> None:
    assert b"<html" in read(stack.env["PREFECT_UI_URL"] + page)
    assert json.loads(read(stack.env["PREFECT_UI_URL"] + "/ui-settings"))["api_url"] == stack.env["PREFECT_API_URL"]
