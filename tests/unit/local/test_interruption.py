from __future__ import annotations

import os
import signal

import pytest

from reclaim.local.interruption import signals_raise, uninterrupted


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_termination_unwinds_through_cleaning_up(number: signal.Signals) -> None:
    cleaned = []

    def work() -> None:
        with signals_raise():
            try:
                os.kill(os.getpid(), number)
            finally:
                cleaned.append(True)

    with pytest.raises(SystemExit) as caught:
        work()

    assert cleaned
    assert caught.value.code == 128 + number


def test_cleaning_up_is_not_interrupted_and_ctrl_c_works_again_afterwards() -> None:
    with uninterrupted():
        os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGINT)
