"""A stack for as long as something needs it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from reclaim.local.interruption import signals_raise
from reclaim.local.progress import OnProgress, silent
from reclaim.local.stack import Running, Stack


@contextmanager
def running_stack(stack: Stack, *, keep: bool = False, on_progress: OnProgress = silent) -> Iterator[Running]:
    """A stack for as long as the block runs.

    What was running before is left running; what this started is stopped at the end, however the block ends:
    exceptions, Ctrl-C and SIGTERM included.

    Args:
        stack: which one; `Stack.here()` for that of the current directory.
        keep: leave running what this started, too.
        on_progress: is told of every step.

    Raises:
        StackUnavailable: the stack does not come up.
    """
    with signals_raise():
        running = stack.up(on_progress)
        try:
            yield running
        finally:
            if running.started and not keep:
                stack.down(on_progress, only=running.started)
