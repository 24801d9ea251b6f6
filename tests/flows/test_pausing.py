"""A deployed recovery that is too large for one person waits for another, and records what was said."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterState, FlowRunFilterStateType
from prefect.client.schemas.objects import StateType
from prefect.exceptions import FailedRun

from reclaim.errors import Halted
from reclaim.runs import RunState
from tests.flows.world import World, event

PAUSED = FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.PAUSED])))
ANN = {"decision": "approve", "approver": "ann", "reason": "looked at the canary"}


@pytest.fixture
def deployed(world: World, settings: pytest.MonkeyPatch) -> World:
    """A world whose recoveries are runs of a deployment, with more messages than one person may recover."""
    settings.setenv("PREFECT__RUNTIME__DEPLOYMENT__ID", str(uuid4()))
    settings.setenv("RECLAIM_APPROVAL_MESSAGES", "1")
    world.send(event("cl_1"), event("cl_2"))
    return world


@contextmanager
def answering(*answers: dict[str, Any]) -> Iterator[list[Any]]:
    """Somebody who answers each pause, one after the other, as the UI does; what the server said to each."""
    said: list[Any] = []

    def answer() -> None:
        with get_client(sync_client=True) as client:
            for one in answers:
                for _ in range(100):
                    if waiting := client.read_flow_runs(flow_run_filter=PAUSED):
                        said.append(client.resume_flow_run(waiting[0].id, run_input=one))
                        break
                    time.sleep(0.1)

    somebody = threading.Thread(target=answer)
    somebody.start()
    try:
        yield said
    finally:
        somebody.join()


def test_an_approved_recovery_goes_on_and_names_its_approver(deployed: World) -> None:
    with answering(ANN):
        report = deployed.recover(reason="INC-1")

    assert (report.counts.recovered, report.approver, report.reason) == (2, "ann", "INC-1; looked at the canary")


def test_a_rejected_recovery_touches_nothing_and_says_who_rejected_it(deployed: World) -> None:
    with answering({**ANN, "decision": "reject"}), pytest.raises(Halted, match="ann rejected the recovery"):
        deployed.recover(reason="INC-1")

    assert deployed.depth.visible == 2
    assert not deployed.entries
    (refused,) = deployed.runs.latest(5)
    assert refused.state is RunState.HALTED
    assert "ann rejected the recovery: looked at the canary" in refused.explanation


def test_the_operator_is_asked_to_find_somebody_else(deployed: World) -> None:
    with answering({**ANN, "approver": "Night  Shift"}, ANN):
        report = deployed.recover()

    assert report.approver == "ann"


def test_an_answer_without_a_name_is_refused_by_the_form(deployed: World) -> None:
    with answering({**ANN, "approver": ""}, ANN) as said:
        report = deployed.recover()

    assert [one.status.value for one in said] == ["REJECT", "ACCEPT"]
    assert report.approver == "ann"


def test_a_recovery_that_nobody_approves_in_time_touches_nothing(deployed: World, settings: pytest.MonkeyPatch) -> None:
    settings.setenv("RECLAIM_APPROVAL_TIMEOUT_SECONDS", "1")

    with pytest.raises(FailedRun):  # the server's word, which stands above the flow's own
        deployed.recover()

    assert deployed.depth.visible == 2
    (refused,) = deployed.runs.latest(5)
    assert (refused.state, "within 1 s" in refused.explanation) == (RunState.HALTED, True)


def test_what_has_its_approver_already_is_not_held_up(deployed: World) -> None:
    assert deployed.recover(approver="ann", reason="INC-1").counts.recovered == 2
