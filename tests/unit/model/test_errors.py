from __future__ import annotations

import pytest

from reclaim.model import errors
from reclaim.model.errors import ExitCode, ReclaimError


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (errors.StoreUnavailable, 4),
        (errors.QueueUnavailable, 4),
        (errors.StackUnavailable, 4),
        (errors.Halted, 3),
        (errors.UsageError, 64),
        (errors.SettingsError, 64),
    ],
)
def test_every_error_tells_the_shell_how_to_react(kind: type[ReclaimError], code: int) -> None:
    assert kind("what").exit_code == code


def test_the_exit_codes_are_those_of_the_contract() -> None:
    assert {code.name: code.value for code in ExitCode} == {
        "DONE": 0,
        "BUG": 1,
        "NEEDS_A_PERSON": 2,
        "HALTED": 3,
        "UNREACHABLE": 4,
        "USAGE": 64,
    }


def test_an_error_reads_as_what_happened_and_what_to_do_next() -> None:
    assert str(ReclaimError("The queue is gone.", "Create it.")) == "The queue is gone. Create it."
    assert str(ReclaimError("The queue is gone.")) == "The queue is gone."


def test_only_what_may_come_back_is_transient() -> None:
    assert all(issubclass(kind, errors.TransientError) for kind in (errors.StoreUnavailable, errors.QueueUnavailable))
    assert not any(issubclass(kind, errors.TransientError) for kind in (errors.Halted, errors.SettingsError))
