"""The tag by which a run is watched over, and what it must not cost."""

from __future__ import annotations

from typing import Any

from reclaim.adapters.prefect_api.crash_detection import TAG
from reclaim.cli.running import run_flow
from tests.flows.world import World


def test_a_run_at_a_terminal_is_tagged_and_its_batches_are_not(world: World) -> None:
    """Prefect asks its server for a slot for every tag of a task, before the task begins."""
    from prefect.runtime import flow_run, task_run  # noqa: PLC0415  (Prefect reads its settings when it is imported)

    tags: list[tuple[list[str], list[str]]] = []

    def note(receive: Any, *args: Any) -> Any:  # noqa: ANN401
        tags.append((list(flow_run.tags), list(task_run.tags)))
        return receive(*args)

    world.send_events(3)
    world.meddle("queue.receive", note)

    report = run_flow(world.recover)

    assert report.counts.recovered == 3
    assert tags
    assert all(found == ([TAG], []) for found in tags), tags
