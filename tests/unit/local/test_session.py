from __future__ import annotations

import os
import signal
from collections.abc import Callable

import pytest

from reclaim.local.layout import Layout
from reclaim.local.stack import Stack, running_stack
from reclaim.local.testing.script_service import ScriptService

StackOf = Callable[..., Stack]
SERVICES = (ScriptService("one"), ScriptService("two"))


def states(layout: Layout) -> list[str]:
    return [status.state for status in Stack(layout, SERVICES).status()]


def test_what_was_started_is_stopped_at_the_end(stack_of: StackOf, layout: Layout) -> None:
    with running_stack(stack_of(*SERVICES)) as running:
        assert set(running.started) == {"one", "two"}
        assert states(layout) == ["up", "up"]

    assert states(layout) == ["down", "down"]


def test_what_ran_before_keeps_running(stack_of: StackOf, layout: Layout) -> None:
    stack_of(SERVICES[0]).up()

    with running_stack(stack_of(*SERVICES)) as running:
        assert running.started == ("two",)

    assert states(layout) == ["up", "down"]


def test_it_can_be_kept(stack_of: StackOf, layout: Layout) -> None:
    with running_stack(stack_of(*SERVICES), keep=True):
        pass

    assert states(layout) == ["up", "up"]


def test_an_error_stops_it_too_and_goes_on(stack_of: StackOf, layout: Layout) -> None:
    with pytest.raises(ZeroDivisionError), running_stack(stack_of(*SERVICES)):
        raise ZeroDivisionError

    assert states(layout) == ["down", "down"]


@pytest.mark.parametrize(
    ("number", "error"), [(signal.SIGINT, KeyboardInterrupt), (signal.SIGTERM, SystemExit), (signal.SIGHUP, SystemExit)]
)
def test_a_signal_stops_it_too(
    stack_of: StackOf, layout: Layout, number: signal.Signals, error: type[BaseException]
) -> None:
    with pytest.raises(error), running_stack(stack_of(*SERVICES)):
        os.kill(os.getpid(), number)

    assert states(layout) == ["down", "down"]
