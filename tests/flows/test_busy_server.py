"""A Prefect server that is so busy that its client gives up waiting for an answer, and asks again."""

from __future__ import annotations

from typing import Any

import httpx
import orjson
import pytest

from reclaim.model.errors import ExitCode, QueueUnavailable
from tests.flows.world import World, from_call

ENDS = frozenset({"COMPLETED", "FAILED"})


@pytest.fixture
def answers(world: World, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the server says to a flow run's end, which reaches it twice: the answer to the first is lost."""
    from prefect.client.base import PrefectHttpxSyncClient  # noqa: PLC0415  (reads its settings when imported)

    once = PrefectHttpxSyncClient.send
    answers: list[str] = []

    def send(client: Any, request: httpx.Request, *args: Any, **kwargs: Any) -> httpx.Response:  # noqa: ANN401
        answer = once(client, request, *args, **kwargs)
        if "/flow_runs/" in request.url.path and request.url.path.endswith("/set_state"):
            if orjson.loads(request.content)["state"]["type"] not in ENDS:
                return answer
            answers.append(answer.json()["status"])
            answer = once(client, request, *args, **kwargs)
            answers.append(answer.json()["status"])
        return answer

    monkeypatch.setattr(PrefectHttpxSyncClient, "send", send)
    return answers


def test_the_report_of_a_run_that_completed_is_not_lost(world: World, answers: list[str]) -> None:
    world.send_events(3)

    report = world.recover()

    assert (report.exit_code, report.counts.recovered) == (ExitCode.DONE, 3)
    assert answers == ["ACCEPT", "REJECT"]


def test_the_report_of_a_run_that_halted_is_not_lost(world: World, answers: list[str]) -> None:
    world.send_events(3)
    world.meddle("queue.receive", from_call(2, QueueUnavailable("SQS is away.")))

    report = world.recover()

    assert report.exit_code is ExitCode.UNREACHABLE
    assert answers == ["ACCEPT", "REJECT"]
