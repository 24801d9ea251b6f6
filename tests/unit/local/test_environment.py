from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from reclaim.local.environment import CONFIGURED_BY, load, merged, parse, render, require
from reclaim.local.layout import Layout
from reclaim.model.errors import ExitCode, StackUnavailable

STACK = {"AWS_ENDPOINT_URL": "http://127.0.0.1:4566", "RECLAIM_MONGO_URI": "mongodb://127.0.0.1:1/?replicaSet=reclaim"}


def test_lines_of_name_and_value_are_read_comments_and_blanks_are_not() -> None:
    assert parse("# addresses\n\nA=1\nB=x=y\n C = two \nnonsense\n") == {"A": "1", "B": "x=y", "C": "two"}


@pytest.mark.parametrize(
    "value", ["plain", "mongodb://h:1/?replicaSet=r", "a b", "it's", 'say "so"', "$HOME `x` & y", ""]
)
def test_what_is_written_is_read_back_by_us_and_by_a_shell(value: str, tmp_path: Path) -> None:
    path = tmp_path / "stack.env"
    path.write_text(render({"NAME": value}))

    assert parse(path.read_text()) == {"NAME": value}
    shell = subprocess.run(["sh", "-c", f'. {path}; printf %s "$NAME"'], capture_output=True, text=True, check=True)
    assert shell.stdout == value


def test_ordinary_values_are_written_without_quotes() -> None:
    assert render(STACK) == (
        "AWS_ENDPOINT_URL=http://127.0.0.1:4566\nRECLAIM_MONGO_URI=mongodb://127.0.0.1:1/?replicaSet=reclaim\n"
    )


def test_an_environment_that_names_nothing_gets_the_whole_stack() -> None:
    assert merged({"PATH": "/bin"}, STACK) == {"PATH": "/bin", **STACK}


def test_what_the_environment_sets_wins_over_the_stack() -> None:
    assert merged({"RECLAIM_QUEUE": "mine"}, {**STACK, "RECLAIM_QUEUE": "theirs"})["RECLAIM_QUEUE"] == "mine"


@pytest.mark.parametrize("name", ["AWS_ENDPOINT_URL", "AWS_PROFILE", "RECLAIM_MONGO_URI"])
def test_an_environment_that_names_another_stack_gets_nothing_of_the_local_one(name: str) -> None:
    assert merged({name: "production"}, {**STACK, "RECLAIM_TRACKING_KEY": "local"}) == {name: "production"}


def test_a_variable_that_is_set_but_empty_names_nothing() -> None:
    assert merged({"AWS_PROFILE": ""}, STACK) == {"AWS_PROFILE": "", **STACK}


def test_loading_finds_the_stack_of_the_folder_above(tmp_path: Path) -> None:
    layout = Layout.at(tmp_path)
    layout.create()
    layout.stack_env.write_text(render(STACK))
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    environ: dict[str, str] = {}

    load(environ, deep)

    assert environ == STACK


def test_loading_without_a_running_stack_changes_nothing(tmp_path: Path) -> None:
    environ = {"RECLAIM_HOME": str(tmp_path)}

    load(environ, tmp_path)

    assert environ == {"RECLAIM_HOME": str(tmp_path)}


def test_with_no_stack_at_all_one_is_told_to_start_one() -> None:
    with pytest.raises(StackUnavailable, match="names none") as caught:
        require({"PATH": "/bin"})

    assert "reclaim up" in caught.value.next_step
    assert caught.value.exit_code is ExitCode.UNREACHABLE


@pytest.mark.parametrize("name", CONFIGURED_BY)
def test_any_configured_stack_will_do(name: str) -> None:
    environ = {name: "something"}

    require(environ)

    assert environ == {name: "something"}
