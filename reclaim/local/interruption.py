"""Ctrl-C and SIGTERM end a command only after it has cleaned up."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from types import FrameType
from typing import NoReturn

_ENDING = (signal.SIGTERM, signal.SIGHUP)


def signals_raise() -> AbstractContextManager[None]:
    """Let SIGTERM and SIGHUP unwind the stack, as Ctrl-C does, so that `finally` blocks run.

    Raises:
        SystemExit: with 128 + the signal's number, when one arrives.
    """
    return _handling(_ENDING, _exit)


def uninterrupted() -> AbstractContextManager[None]:
    """Let bounded cleaning up finish: a second Ctrl-C must not leave half of it undone."""
    return _handling((signal.SIGINT, *_ENDING), signal.SIG_IGN)


@contextmanager
def _handling(numbers: tuple[signal.Signals, ...], handler: signal._HANDLER) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():  # only that one gets signals
        yield
        return
    before = {number: signal.signal(number, handler) for number in numbers}
    try:
        yield
    finally:
        for number, earlier in before.items():
            signal.signal(number, earlier)


def _exit(number: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)
