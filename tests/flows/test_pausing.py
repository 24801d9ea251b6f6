"""A deployed recovery that is too large for one person waits for another, and records what was said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.objects import State
from prefect.exceptions import Pause

from reclaim.model.errors import Halted
from reclaim.model.run import RunState
from reclaim.reports.model import RunReport
from reclaim.requests import RecoverRequest
from tests.flows.world import World, event

ANN = {"decision": "approve", "approver": "ann", "reason": "looked at the canary"}


@dataclass(frozen=True)
class Deployed:
    """A run of a deployment, which a worker would take up whenever it is due."""

    world: World
    request: RecoverRequest
    run_id: UUID
    api: SyncPrefectClient

    def take_up(self) -> State[Any]:
        """Run it until it ends or is suspended."""
        from prefect.flow_engine import run_flow  # noqa: PLC0415  (Prefect reads its settings when it is imported)

        from flows.recover import recover  # noqa: PLC0415

        run = self.api.read_flow_run(self.run_id)
        try:
            state = run_flow(recover, flow_run=run, parameters={"request": self.request}, return_type="state")
        except Pause as suspension:
            state = suspension.state
        assert isinstance(state, State)
        return state

    def answer(self, **answer: str) -> str:
        """Fill in the form; whether the server accepts it."""
        return str(self.api.resume_flow_run(self.run_id, run_input=answer).status.value)

    def report(self) -> RunReport:
        report = self.take_up().result(raise_on_failure=False)
        if isinstance(report, BaseException):
            raise report
        assert isinstance(report, RunReport)
        return report


def deploy(world: World, **asked: Any) -> Deployed:  # noqa: ANN401
    """A recovery of two messages, where one person may recover one."""
    from flows.recover import recover  # noqa: PLC0415

    world.send(event("cl_1"), event("cl_2"))
    api = get_client(sync_client=True)
    deployment = api.create_deployment(api.create_flow(recover), name=f"recover-{uuid4().hex[:6]}")
    request = RecoverRequest(**asked)
    run = api.create_flow_run_from_deployment(deployment, parameters={"request": request.model_dump()})
    return Deployed(world, request, run.id, api)


@pytest.fixture(autouse=True)
def one_message_for_one_person(world: World, settings: pytest.MonkeyPatch) -> None:
    settings.setenv("RECLAIM_APPROVAL_MESSAGES", "1")


def test_an_approved_recovery_goes_on_and_names_its_approver(world: World) -> None:
    run = deploy(world, reason="INC-1")

    assert run.take_up().is_paused()
    assert (world.depth.visible, len(world.entries), world.runs.latest(1)) == (2, 0, [])

    assert run.answer(**ANN) == "ACCEPT"
    report = run.report()

    assert (report.counts.recovered, report.approver, report.reason) == (2, "ann", "INC-1; looked at the canary")


def test_a_rejected_recovery_touches_nothing_and_says_who_rejected_it(world: World) -> None:
    run = deploy(world)
    run.take_up()
    run.answer(**{**ANN, "decision": "reject"})

    with pytest.raises(Halted, match="ann rejected the recovery"):
        run.report()

    assert (world.depth.visible, len(world.entries)) == (2, 0)
    (refused,) = world.runs.latest(5)
    assert refused.state is RunState.HALTED
    assert "ann rejected the recovery: looked at the canary" in refused.explanation


def test_the_operator_is_asked_to_find_somebody_else(world: World) -> None:
    run = deploy(world)
    run.take_up()
    run.answer(**{**ANN, "approver": "Night  Shift"})

    assert run.take_up().is_paused()
    run.answer(**ANN)

    assert run.report().approver == "ann"


def test_an_answer_without_a_name_is_refused_by_the_form(world: World) -> None:
    run = deploy(world)
    run.take_up()

    assert run.answer(**{**ANN, "approver": ""}) == "REJECT"
    assert run.answer(**ANN) == "ACCEPT"


def test_what_has_its_approver_already_is_not_held_up(world: World) -> None:
    run = deploy(world, approver="ann", reason="INC-1")

    assert run.report().counts.recovered == 2
