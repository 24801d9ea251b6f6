"""What a run as a whole came to: the first conclusion that fits."""

from __future__ import annotations

from typing import Any

import pytest

from reclaim.model.errors import ExitCode
from reclaim.model.outcome import Counts
from reclaim.model.run import RunState
from reclaim.model.validation import ExpectationResult, SuiteResult, ValidationResult
from reclaim.runs.summary import Conclusion, conclude

SOUND = ValidationResult(success=True)
UNBALANCED = Counts(received=3, recovered=2)
CLEAN = Counts(received=2, recovered=1, duplicate=1)


def broken(severity: str) -> ValidationResult:
    found = ExpectationResult(
        expectation="Every record has its identity",
        column="identity",
        severity=severity,
        success=False,
        checked=2,
        unexpected=1,
    )
    suite = SuiteResult(suite="records", success=severity != "critical", expectations=(found,))
    return ValidationResult(success=severity != "critical", suites=(suite,))


def conclusion(counts: Counts = CLEAN, validation: ValidationResult = SOUND, **changes: Any) -> Conclusion:  # noqa: ANN401
    values: dict[str, Any] = {"halted": "", "halt_code": ExitCode.HALTED, "held_elsewhere": 0}
    return conclude(counts, validation, **{**values, **changes})


def test_a_run_without_any_finding_is_done() -> None:
    assert conclusion() == Conclusion(RunState.COMPLETED, ExitCode.DONE)


def test_an_empty_run_is_done() -> None:
    assert conclusion(Counts(), ValidationResult(success=True, skipped="nothing")).exit_code is ExitCode.DONE


@pytest.mark.parametrize(
    "counts",
    [Counts(received=1, quarantined=1), Counts(received=1, deferred=1), Counts(received=2, recovered=1, deferred=1)],
)
def test_quarantined_and_deferred_messages_need_a_person(counts: Counts) -> None:
    assert conclusion(counts) == Conclusion(RunState.COMPLETED, ExitCode.NEEDS_A_PERSON)


def test_messages_that_are_in_flight_elsewhere_need_a_person() -> None:
    assert conclusion(held_elsewhere=1).exit_code is ExitCode.NEEDS_A_PERSON


@pytest.mark.parametrize(
    ("severity", "state", "code"),
    [
        ("critical", RunState.FAILED, ExitCode.NEEDS_A_PERSON),
        ("warning", RunState.COMPLETED, ExitCode.NEEDS_A_PERSON),
        ("info", RunState.COMPLETED, ExitCode.DONE),
    ],
)
def test_a_broken_expectation_weighs_what_its_severity_says(severity: str, state: RunState, code: ExitCode) -> None:
    found = conclusion(validation=broken(severity))

    assert (found.state, found.exit_code) == (state, code)


def test_counts_that_do_not_balance_fail_the_run_whatever_else_happened() -> None:
    found = conclusion(UNBALANCED, broken("critical"), halted="stopped")

    assert (found.state, found.exit_code) == (RunState.FAILED, ExitCode.BUG)
    assert found.explanation == "The counts do not balance: 3 messages were received and 2 accounted for."


@pytest.mark.parametrize(
    ("code", "state"),
    [
        (ExitCode.HALTED, RunState.HALTED),
        (ExitCode.UNREACHABLE, RunState.HALTED),
        (ExitCode.USAGE, RunState.HALTED),
        (ExitCode.BUG, RunState.FAILED),
    ],
)
def test_a_halted_run_keeps_its_reason_and_its_code(code: ExitCode, state: RunState) -> None:
    assert conclusion(validation=broken("critical"), halted="why", halt_code=code) == Conclusion(state, code, "why")


def test_a_validation_that_could_not_be_made_is_not_one_that_failed() -> None:
    unmade = ValidationResult(success=False, skipped="MongoDB did not answer.")

    found = conclusion(validation=unmade, halted="MongoDB is down.", halt_code=ExitCode.UNREACHABLE)

    assert found.state is RunState.HALTED
