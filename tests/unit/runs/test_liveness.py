from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta

import psutil

from reclaim.runs.liveness import LEASE, is_alive, this_process
from tests.builders import NOW, a_run


def test_the_run_of_this_process_lives_however_old_its_heartbeat_is() -> None:
    assert is_alive(a_run(owner=this_process()), NOW + timedelta(days=9))


def test_the_run_of_a_process_that_ended_is_dead_at_once() -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()

    assert not is_alive(a_run(owner=this_process().model_copy(update={"pid": ended.pid})), NOW)


def test_a_process_that_was_given_the_same_number_is_another_one() -> None:
    impostor = this_process().model_copy(update={"started": this_process().started - 3600})

    assert not is_alive(a_run(owner=impostor), NOW)


def test_a_killed_process_that_nobody_waited_for_is_dead() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    owner = this_process().model_copy(update={"pid": child.pid, "started": psutil.Process(child.pid).create_time()})
    alive_before = is_alive(a_run(owner=owner), NOW)
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # it has ended, and is a zombie now

    alive_after = is_alive(a_run(owner=owner), NOW)
    child.communicate()

    assert (alive_before, alive_after) == (True, False)


def test_a_run_elsewhere_lives_as_long_as_it_is_heard_of() -> None:
    run = a_run()  # its owner is on another machine

    assert is_alive(run, run.heartbeat_at + LEASE - timedelta(milliseconds=1))
    assert not is_alive(run, run.heartbeat_at + LEASE)
