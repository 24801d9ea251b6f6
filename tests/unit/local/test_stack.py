from __future__ import annotations

import os
import signal
import stat
from collections.abc import Callable

import psutil
import pytest

from reclaim.local.environment import parse
from reclaim.local.layout import Layout
from reclaim.local.processes import MARKER, ProcessRecord
from reclaim.local.stack import Stack
from reclaim.local.starting import StartProgress
from reclaim.local.testing.script_service import DIES, NEVER_ANSWERS, ScriptService
from reclaim.local.variables import SavedSettings
from reclaim.model.errors import ExitCode, StackUnavailable

StackOf = Callable[..., Stack]

DIES_WHILE_ANOTHER_TAKES_ITS_PORT = """
import subprocess, sys
stranger = (
    "import socket, sys, time; s = socket.create_server(('127.0.0.1', int(sys.argv[1])));"
    "print(flush=True); time.sleep(9)"
)
subprocess.Popen([sys.executable, "-c", stranger, sys.argv[1]], stdout=subprocess.PIPE).stdout.readline()
sys.exit(1)
"""


def running(layout: Layout) -> set[str]:
    """The services of which a process is there, whatever the records say."""
    found = set()
    for process in psutil.process_iter():
        try:
            marker = process.environ().get(MARKER, "")
        except psutil.Error:
            continue
        if marker.startswith(f"{layout.root}:"):
            found.add(marker.removeprefix(f"{layout.root}:"))
    return found


def pid_of(layout: Layout, service: str) -> int:
    record = ProcessRecord.load(layout.record(service))
    assert record is not None
    return record.pid


def states(stack: Stack) -> list[str]:
    return [status.state for status in stack.status()]


def test_up_starts_every_service_and_writes_where_they_are(stack_of: StackOf, layout: Layout) -> None:
    stack = stack_of(ScriptService("one"), ScriptService("two"))

    result = stack.up()

    assert set(result.started) == {"one", "two"}
    assert states(stack) == ["up", "up"]
    assert parse(layout.stack_env.read_text()) == result.variables
    assert {"ONE_URL", "TWO_URL", "RECLAIM_REPORTS_URL", "RECLAIM_TRACKING_KEY"} <= set(result.variables)
    assert stat.S_IMODE(layout.stack_env.stat().st_mode) == 0o600


def test_a_second_up_starts_nothing_and_says_so(stack_of: StackOf, layout: Layout) -> None:
    stack = stack_of(ScriptService("one"))
    first = stack.up()
    pid = pid_of(layout, "one")
    told: list[StartProgress] = []

    second = stack.up(told.append)

    assert second.started == ()
    assert second.variables == first.variables
    assert pid_of(layout, "one") == pid
    assert [progress.step for progress in told] == ["already running"]


def test_a_service_that_died_is_seen_and_started_again_at_the_same_address(stack_of: StackOf, layout: Layout) -> None:
    stack = stack_of(ScriptService("one"), ScriptService("two"))
    before = stack.up().variables
    psutil.Process(pid_of(layout, "one")).kill()
    psutil.Process(pid_of(layout, "one")).wait()

    assert states(stack) == ["dead", "up"]
    after = stack.up()

    assert after.started == ("one",)
    assert after.variables == before
    assert states(stack) == ["up", "up"]


def test_a_service_that_hangs_is_seen_and_replaced(
    stack_of: StackOf, layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reclaim.local.starting._SECOND_CHANCE_SECONDS", 0.2)
    stack = stack_of(ScriptService("one"))
    stack.up()
    hung = pid_of(layout, "one")
    os.kill(hung, signal.SIGSTOP)

    assert states(stack) == ["not answering"]
    stack.up()

    assert states(stack) == ["up"]
    assert not psutil.pid_exists(hung)


def test_down_leaves_nothing_running_and_no_address_behind(stack_of: StackOf, layout: Layout) -> None:
    stack = stack_of(ScriptService("one"), ScriptService("two"))
    stack.up()

    assert set(stack.down()) == {"one", "two"}

    assert running(layout) == set()
    assert not layout.stack_env.exists()
    assert states(stack) == ["down", "down"]
    assert stack.down() == ()


def test_down_of_one_service_keeps_the_addresses_of_the_others(stack_of: StackOf, layout: Layout) -> None:
    stack = stack_of(ScriptService("one"), ScriptService("two"))
    stack.up()

    assert stack.down(only=("one",)) == ("one",)

    assert running(layout) == {"two"}
    assert layout.stack_env.exists()


def test_down_where_nothing_ever_ran_leaves_no_trace(stack_of: StackOf, layout: Layout) -> None:
    assert stack_of(ScriptService("one")).down() == ()
    assert not layout.state.exists()


def test_the_key_and_the_ports_outlive_down(stack_of: StackOf) -> None:
    stack = stack_of(ScriptService("one"))
    before = stack.up().variables
    stack.down()

    assert stack.up().variables == before


def test_a_service_that_dies_is_named_with_its_log_and_last_words(stack_of: StackOf, layout: Layout) -> None:
    with pytest.raises(StackUnavailable) as caught:
        stack_of(ScriptService("broken", DIES)).up()

    assert caught.value.what == "Broken ended while it started; its last words: “the disk is on fire”."
    assert str(layout.log("broken")) in caught.value.next_step
    assert caught.value.exit_code is ExitCode.UNREACHABLE


def test_a_service_that_never_answers_is_given_up_in_time(stack_of: StackOf, layout: Layout) -> None:
    with pytest.raises(StackUnavailable, match=r"Slow did not answer within 1 s; its last words: “thinking”\."):
        stack_of(ScriptService("slow", NEVER_ANSWERS, starts_within=1.0)).up()

    assert running(layout) == set()


def test_when_one_service_fails_the_others_that_were_started_are_stopped(stack_of: StackOf, layout: Layout) -> None:
    with pytest.raises(StackUnavailable, match="Broken"):
        stack_of(ScriptService("one"), ScriptService("slow", NEVER_ANSWERS), ScriptService("broken", DIES)).up()

    assert running(layout) == set()
    assert not layout.stack_env.exists()


def test_when_one_service_fails_what_ran_before_keeps_running(stack_of: StackOf, layout: Layout) -> None:
    good = ScriptService("one")
    stack_of(good).up()

    with pytest.raises(StackUnavailable, match="Broken"):
        stack_of(good, ScriptService("broken", DIES)).up()

    assert running(layout) == {"one"}
    assert layout.stack_env.exists()


def test_a_port_that_another_program_took_is_named(stack_of: StackOf) -> None:
    with pytest.raises(StackUnavailable, match=r"another program has taken port \d+") as caught:
        stack_of(ScriptService("late", DIES_WHILE_ANOTHER_TAKES_ITS_PORT)).up()

    assert caught.value.next_step == "Run `reclaim up` again; it picks another port."


def test_a_program_that_cannot_be_executed_is_one_sentence(stack_of: StackOf) -> None:
    with pytest.raises(StackUnavailable, match="Gone cannot be started"):
        stack_of(ScriptService("gone", interpreter="/nonexistent/python")).up()


def test_a_tracking_key_is_long_enough_and_not_shown(layout: Layout) -> None:
    known = SavedSettings.load(layout.saved_settings)

    assert len(known.tracking_key) >= 32
    assert known.tracking_key not in repr(known)


@pytest.mark.parametrize("text", ["", "[]", '{"tracking_key": "k"}', '{"tracking_key": "k", "ports": []}'])
def test_saved_settings_that_cannot_be_read_are_made_again(layout: Layout, text: str) -> None:
    layout.create()
    layout.saved_settings.write_text(text)

    assert SavedSettings.load(layout.saved_settings).ports == {}
