"""The audit as a whole: what it finds, what it writes down, what it leaves alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from copy import deepcopy
from typing import Any

import pytest

from reclaim.adapters.memory.revenue import MemoryRevenueReader
from reclaim.local.outage import plan_outage, truth_of
from reclaim.model.errors import ExitCode, StoreUnavailable
from reclaim.model.run import RunState
from reclaim.reconciliation.model import AuditWindow, Backfill, Line
from tests.flows.world import World, always, fails

WINDOW = {"from": "2026-09-21T08:00Z", "to": "2026-11-21T08:00Z", "as_of": "2026-11-21T08:00Z"}
DOWN = StoreUnavailable("MongoDB cannot be reached.")


def test_after_a_recovery_the_audit_finds_what_was_staged_and_changes_nothing(world: World) -> None:
    outage = plan_outage(60, seed=5)
    world.stage(outage)
    world.recover()
    applications, charges = deepcopy(world.revenue.applications), deepcopy(world.revenue.charges)

    found = world.reconcile(**WINDOW, reason="the month's end")

    truth = truth_of(outage)["revenue"]
    folder = world.reports / found.run_id
    saved = json.loads((folder / "reconciliation.json").read_bytes())
    assert {key: saved[key] for key in truth} == truth
    assert saved["balanced"]
    assert (found.state, found.exit_code) == (RunState.COMPLETED, ExitCode.NEEDS_A_PERSON)
    assert (world.revenue.applications, world.revenue.charges) == (applications, charges)
    assert {path.name for path in folder.iterdir()} >= {
        "reconciliation.html",
        "revenue.csv",
        "adjustments.csv",
        "manifest.json",
    }
    run = world.runs.get(found.run_id)
    assert run
    assert (run.kind, run.state, run.reason, run.balanced) == ("reconcile", RunState.COMPLETED, "the month's end", True)
    assert run.counts["applications"] == sum(check.total.count for check in found.checks if check.of == "applications")
    assert "reconciliation.json" in run.evidence


def test_an_audit_of_nothing_is_clean(world: World) -> None:
    found = world.reconcile(**WINDOW)

    assert found.balanced
    assert found.exit_code is ExitCode.DONE


def test_a_backfill_is_recorded_and_done_once(world: World) -> None:
    world.stage(plan_outage(20, seed=6))
    world.recover()

    first, second = world.reconcile(**WINDOW, backfill=True), world.reconcile(**WINDOW, backfill=True)

    assert first.backfill
    assert second.backfill == Backfill()
    given = [one for one in world.revenue.applications.values() if one.get("attribution")]
    assert len(given) == first.backfill.applications > 0
    records = world.records.find({one["client_id"] for one in given})
    for one in given:
        assert one["tracking_id"] == records[one["client_id"]].identity
        assert one["attribution"]["run_id"] == first.run_id
    run = world.runs.get(first.run_id)
    assert run
    assert run.counts["backfilled"] == len(given)


def test_classes_that_are_not_all_there_is_fail_the_audit(world: World) -> None:
    world.stage(plan_outage(20, seed=6))
    world.meddle("revenue.reading", one_application_more)

    found = world.reconcile(**WINDOW)

    assert not found.balanced
    assert (found.state, found.exit_code) == (RunState.FAILED, ExitCode.BUG)
    assert "applications in USD" in found.explanation
    run = world.runs.get(found.run_id)
    assert run
    assert (run.state, run.balanced) == (RunState.FAILED, False)


def test_a_store_that_is_back_soon_is_asked_again(world: World) -> None:
    world.meddle("revenue.reading", fails(1, DOWN))

    assert world.reconcile(**WINDOW).balanced


def test_an_audit_that_cannot_read_is_halted_and_says_so_in_the_registry(world: World) -> None:
    world.meddle("revenue.reading", always(DOWN))

    with pytest.raises(StoreUnavailable):
        world.reconcile(**WINDOW)

    (run,) = world.runs.latest(5)
    assert (run.kind, run.state, run.explanation) == ("reconcile", RunState.HALTED, str(DOWN))
    assert not (world.reports / run.run_id).exists()


class Miscounted:
    """A reader whose store counts one application too many."""

    def __init__(self, reader: MemoryRevenueReader) -> None:
        self._reader = reader

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return getattr(self._reader, name)

    def application_totals(self, window: AuditWindow) -> dict[str, Line]:
        totals = self._reader.application_totals(window)
        return totals | {"USD": totals["USD"] + Line(count=1, amount_minor=0)}


@contextmanager
def one_application_more(real: Callable[[], AbstractContextManager[MemoryRevenueReader]]) -> Iterator[Miscounted]:
    with real() as reader:
        yield Miscounted(reader)
