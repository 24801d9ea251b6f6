"""Which runs can be taken back, and where their messages go."""

from __future__ import annotations

import pytest

from reclaim.adapters.memory.runs import MemoryRuns
from reclaim.model.errors import UsageError
from reclaim.model.run import RunRecord, RunState
from reclaim.runs.liveness import this_process
from reclaim.undo.scope import destination, require_alone, run_to_undo
from tests.builders import CONTRACT, NOW, a_run


def registry(*runs: RunRecord) -> MemoryRuns:
    held = MemoryRuns()
    for run in runs:
        held.save(run)
    return held


@pytest.mark.parametrize("kind", ["recover", "ingest", "release", "reconcile"])
@pytest.mark.parametrize("state", [state for state in RunState if state is not RunState.RUNNING])
def test_a_run_that_ended_can_be_undone(kind: str, state: RunState) -> None:
    run = a_run(kind=kind, state=state)

    assert run_to_undo("run-1", registry(run), CONTRACT, NOW) == run


def test_an_unknown_run_is_refused() -> None:
    with pytest.raises(UsageError, match=r"There is no run run-7\."):
        run_to_undo("run-7", registry(a_run()), CONTRACT, NOW)


@pytest.mark.parametrize("kind", ["undo", "discard"])
def test_an_undo_and_a_discard_cannot_be_undone(kind: str) -> None:
    with pytest.raises(UsageError, match="cannot be undone"):
        run_to_undo("run-1", registry(a_run(kind=kind, state=RunState.COMPLETED)), CONTRACT, NOW)


def test_a_run_of_another_contract_cannot_be_undone() -> None:
    with pytest.raises(UsageError, match="belongs to contract 'orders', not to 'client_created'"):
        run_to_undo("run-1", registry(a_run(contract="orders", state=RunState.COMPLETED)), CONTRACT, NOW)


def test_a_run_in_progress_cannot_be_undone_and_a_dead_one_can() -> None:
    alive, dead = (
        a_run("run-1", owner=this_process()),
        a_run("run-2", owner=this_process().model_copy(update={"started": 1.0})),
    )

    with pytest.raises(UsageError, match="still in progress"):
        run_to_undo("run-1", registry(alive, dead), CONTRACT, NOW)
    assert run_to_undo("run-2", registry(alive, dead), CONTRACT, NOW) == dead


def test_nobody_may_work_on_the_queue_meanwhile() -> None:
    undone = a_run("run-1", state=RunState.COMPLETED)
    elsewhere = a_run("run-2", queue="another", owner=this_process())
    require_alone(undone, registry(undone, elsewhere), NOW)

    with pytest.raises(UsageError, match="Run run-3 is working on dlq now"):
        require_alone(undone, registry(undone, elsewhere, a_run("run-3", owner=this_process())), NOW)


def test_messages_go_back_to_where_they_came_from() -> None:
    assert destination(a_run(), "another", None) == "dlq"
    assert destination(a_run(), "https://sqs.eu-central-1.amazonaws.com/1/dlq", None).endswith("amazonaws.com/1/dlq")
    assert destination(a_run(), "another", "http://127.0.0.1/0/dlq/") == "http://127.0.0.1/0/dlq/"
    with pytest.raises(UsageError, match="came from dlq"):
        destination(a_run(), "dlq", "another")


def test_what_was_ingested_goes_to_the_dead_letter_queue() -> None:
    assert destination(a_run(kind="ingest", queue="events"), "events-dlq", None) == "events-dlq"
