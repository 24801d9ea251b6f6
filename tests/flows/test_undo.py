"""An undo as a flow: what it enters into the registry, and what it leaves behind when something fails."""

from __future__ import annotations

from typing import Any

import pytest

from reclaim.model.errors import ExitCode, QueueUnavailable, UsageError
from reclaim.model.run import RunRecord, RunState
from reclaim.requests import UndoRequest
from reclaim.undo.model import UndoReport
from tests.flows.world import World, from_call


def undo(world: World, run_id: str, **asked: Any) -> UndoReport:  # noqa: ANN401
    from flows.support.ending import result_of  # noqa: PLC0415  (Prefect reads its settings when it is imported)
    from flows.undo import undo as flow  # noqa: PLC0415

    return result_of(flow, UndoRequest(run_id=run_id, **asked))


def undos(world: World) -> list[RunRecord]:
    return [run for run in world.runs.latest(9) if run.kind == "undo"]


def test_an_undo_that_breaks_off_says_so_and_is_finished_by_the_next(
    world: World, settings: pytest.MonkeyPatch
) -> None:
    world.send_events(25)
    run_id = world.recover().run_id
    settings.setenv("RECLAIM_BATCH_SIZE", "10")
    world.meddle("sender.send", from_call(2, QueueUnavailable("SQS is away.")))

    with pytest.raises(QueueUnavailable):
        undo(world, run_id, reason="INC-1")

    [broken_off] = undos(world)
    assert (broken_off.state, broken_off.explanation) == (RunState.HALTED, "SQS is away.")
    assert broken_off.counts["removed"] == 10
    assert world.depth.total == 10
    world.meddling.clear()
    report = undo(world, run_id, reason="INC-2")
    assert (report.counts["removed"], report.exit_code) == (15, ExitCode.DONE)  # type: ignore[index]
    assert world.depth.total == 25
    assert world.records.all() == []
    undone = world.runs.get(run_id)
    assert undone is not None
    assert undone.undone_by == report.run_id
    assert (world.reports / report.run_id / "undo.json").exists()
    assert undos(world)[0].evidence.keys() >= {"undo.json", "events.jsonl", "manifest.json"}


def test_a_dry_run_and_a_wrong_call_write_nothing(world: World) -> None:
    world.send_events(3)
    run_id = world.recover().run_id
    written = len(world.journal.of("records.write"))

    report = undo(world, run_id, dry_run=True)
    with pytest.raises(UsageError, match="needs a reason"):
        undo(world, run_id)
    with pytest.raises(UsageError, match="There is no run run-nope"):
        undo(world, "run-nope", reason="INC-1")

    assert (report.undone, report.run_id) == (3, "")
    assert undos(world) == []
    assert world.depth.total == 0
    assert len(world.records.all()) == 3
    assert len(world.journal.of("records.write")) == written
    assert world.journal.of("reversals.take_back") == world.journal.of("sender.send") == []
