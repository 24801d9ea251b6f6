"""The automation that marks dead runs as crashed: created once, corrected where changed."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import httpx
import pytest
import yaml

from reclaim.adapters.prefect_api.crash_detection import HEARTBEAT_SECONDS, TAG, CrashDetection
from reclaim.cli.main import settle_prefect
from reclaim.local.testing.stack_handle import PROJECT
from reclaim.model.errors import StackUnavailable

NAME = "automation reclaim-crashed-runs"


class Server:
    """As much of Prefect's as is asked; it adds fields of its own, and returns events in an order of its own."""

    def __init__(self) -> None:
        self.held: list[dict[str, Any]] = []
        self.authorizations: list[str | None] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.authorizations.append(request.headers.get("Authorization"))
        asked = json.loads(request.content)
        if request.url.path == "/api/automations/filter":
            return httpx.Response(200, json=self.held)
        trigger = {**asked["trigger"], "expect": asked["trigger"]["expect"][::-1], "id": str(uuid4())}
        told = {"enabled": True, **asked, "trigger": trigger, "tags": []}
        if request.method == "PUT":
            assert request.url.path == f"/api/automations/{self.held[0]['id']}"
            self.held = [{**told, "id": self.held[0]["id"]}]
            return httpx.Response(204)
        self.held = [{**told, "id": str(uuid4())}]
        return httpx.Response(201, json=self.held[0])


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    monkeypatch.setenv("PREFECT_API_URL", "http://prefect.test/api")
    return Server()


def detection(server: Server) -> CrashDetection:
    return CrashDetection(httpx.MockTransport(server))


def test_it_is_created_once(server: Server) -> None:
    assert detection(server).plan() == [f"{NAME}: create"]
    assert server.held == []

    assert detection(server).apply() == [f"{NAME}: create"]

    assert len(server.held) == 1
    assert detection(server).apply() == detection(server).plan() == []


def test_what_was_changed_is_corrected(server: Server) -> None:
    detection(server).apply()
    server.held[0]["trigger"]["within"] = 5

    assert detection(server).apply() == [f"{NAME}: change"]

    assert server.held[0]["trigger"]["within"] > 3 * HEARTBEAT_SECONDS
    assert detection(server).plan() == []


def test_one_that_is_switched_off_stays_off(server: Server) -> None:
    detection(server).apply()
    server.held[0]["enabled"] = False
    server.held[0]["trigger"]["after"] = []

    detection(server).apply()

    assert server.held[0]["enabled"] is False


def test_a_run_that_waits_for_its_approver_is_not_taken_for_dead(server: Server) -> None:
    detection(server).apply()

    trigger = server.held[0]["trigger"]
    assert {"prefect.flow-run.Suspended", "prefect.flow-run.Paused"} <= set(trigger["expect"])
    assert "prefect.flow-run.Cancelling" not in trigger["expect"]


def test_every_deployment_has_the_tag_and_the_beat_that_are_counted_on() -> None:
    for deployment in yaml.safe_load((PROJECT / "prefect.yaml").read_text())["deployments"]:
        assert TAG in deployment["tags"]
        beat = deployment["work_pool"]["job_variables"]["env"]["PREFECT_FLOWS_HEARTBEAT_FREQUENCY"]
        assert beat == str(HEARTBEAT_SECONDS)


def test_so_have_runs_that_are_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    environ: dict[str, str] = {}
    monkeypatch.setattr("os.environ", environ)

    settle_prefect(debug=False)

    assert environ["PREFECT_FLOWS_HEARTBEAT_FREQUENCY"] == str(HEARTBEAT_SECONDS)


def test_without_a_server_there_is_nothing_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PREFECT_API_URL", raising=False)

    assert CrashDetection().plan() == CrashDetection().apply() == []


@pytest.mark.parametrize(
    ("variable", "value", "sent"),
    [("PREFECT_API_KEY", "pnu_1", "Bearer pnu_1"), ("PREFECT_API_AUTH_STRING", "ann:pw", "Basic YW5uOnB3")],
)
def test_a_protected_server_gets_the_credentials(
    server: Server, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, sent: str
) -> None:
    monkeypatch.setenv(variable, value)

    detection(server).plan()

    assert server.authorizations == [sent]


def test_a_server_whose_database_is_locked_is_asked_again(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    locked = iter([True, True])
    busy = httpx.MockTransport(lambda asked: httpx.Response(503) if next(locked, False) else server(asked))

    assert CrashDetection(busy).plan() == [f"{NAME}: create"]

    with pytest.raises(StackUnavailable):
        CrashDetection(httpx.MockTransport(lambda _: httpx.Response(503))).plan()


def test_a_server_that_refuses_is_named_and_its_password_not(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_API_AUTH_STRING", "ann:secret")
    refusing = httpx.MockTransport(lambda _: httpx.Response(401))

    with pytest.raises(
        StackUnavailable, match=r"http://prefect\.test/api could not be provisioned: it answers 401"
    ) as error:
        CrashDetection(refusing).apply()

    assert "secret" not in str(error.value)
