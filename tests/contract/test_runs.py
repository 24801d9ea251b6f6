"""`reclaim.ports.RunRegistry`: in MongoDB and in memory."""

from __future__ import annotations

from typing import Any

import pytest

from reclaim.model.run import RunState
from reclaim.model.validation import ExpectationResult, SuiteResult, ValidationResult
from reclaim.ports import RunRegistry
from tests.builders import a_run, at

VALIDATION = ValidationResult(
    success=False,
    docs="validation/index.html",
    suites=(
        SuiteResult(
            suite="records",
            success=False,
            expectations=(
                ExpectationResult(
                    expectation="Every record has its identity",
                    column="identity",
                    severity="critical",
                    success=False,
                    checked=2,
                    unexpected=1,
                    unexpected_ids=("cl_1",),
                ),
            ),
        ),
    ),
)


def test_a_run_is_read_back_as_it_was_saved(runs: RunRegistry) -> None:
    run = a_run(
        state=RunState.COMPLETED,
        contract="order_created",
        parameters={"lanes": 4, "queue": None, "rate": 12.5},
        finished_at=at(60),
        counts={"received": 3, "recovered": 3},
        causes={"missing_id": 3},
        balanced=True,
        money={"USD": {"recovered": {"records": 3, "rate_minor_total": 3750}}},
        validation=VALIDATION,
        evidence={"report.json": "ab" * 32},
    )
    runs.begin(a_run())
    runs.save(run)

    assert runs.get(run.run_id) == run


def test_sums_beyond_what_a_64_bit_integer_holds_are_kept_to_the_unit(runs: RunRegistry) -> None:
    total = 3 * (2**63 - 1)
    runs.save(a_run(money={"USD": {"recovered": {"rate_minor_total": total}}, "JPY": [1, -total]}))

    found = runs.get("run-1")

    assert found is not None
    assert found.money == {"USD": {"recovered": {"rate_minor_total": total}}, "JPY": [1, -total]}


def test_a_run_that_was_never_begun_is_not_there(runs: RunRegistry) -> None:
    assert runs.get("run-1") is None
    runs.beat("run-1", at(5))
    assert runs.get("run-1") is None


def test_beginning_again_after_a_lost_answer_is_the_same_run(runs: RunRegistry) -> None:
    runs.begin(a_run())
    runs.begin(a_run())

    assert runs.running() == [a_run()]


def test_a_heartbeat_changes_nothing_but_the_heartbeat(runs: RunRegistry) -> None:
    runs.begin(a_run())
    runs.beat("run-1", at(5))

    assert runs.get("run-1") == a_run(heartbeat_at=at(5))


def test_what_is_done_to_a_run_that_was_read_stays_with_the_reader(runs: RunRegistry) -> None:
    run = a_run(counts={"received": 1})
    runs.begin(run)
    run.counts["received"] = 2
    found = runs.get("run-1")
    assert found is not None
    found.counts["received"] = 3

    assert runs.get("run-1") == a_run(counts={"received": 1})


@pytest.mark.parametrize("state", list(RunState))
def test_only_a_run_that_says_so_is_running(runs: RunRegistry, state: RunState) -> None:
    runs.begin(a_run(state=state))

    assert [run.run_id for run in runs.running()] == (["run-1"] if state is RunState.RUNNING else [])


def test_interrupted_runs_are_found_by_their_queue_until_they_are_closed(runs: RunRegistry) -> None:
    left: dict[str, dict[str, Any]] = {
        "run-1": {},
        "run-2": {"queue": "another"},
        "run-3": {"closed_by": "run-9"},
        "run-4": {"state": RunState.HALTED},
    }
    for run_id, changes in left.items():
        runs.begin(a_run(run_id, **{"state": RunState.INTERRUPTED, **changes}))

    assert [run.run_id for run in runs.interrupted("dlq")] == ["run-1"]


def test_the_latest_runs_come_first(runs: RunRegistry) -> None:
    for number in (2, 3, 1):
        runs.begin(a_run(f"run-{number}", started_at=at(number)))

    assert [run.run_id for run in runs.latest(2)] == ["run-3", "run-2"]
