from __future__ import annotations

import json
from pathlib import Path

import pytest
from click import Command
from click.testing import CliRunner, Result

from reclaim.cli.stack import down, status, up
from reclaim.local.layout import Layout
from reclaim.local.processes import ProcessRecord
from reclaim.model.errors import StackUnavailable


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Layout:
    monkeypatch.setenv("RECLAIM_HOME", str(tmp_path))
    return Layout.at(tmp_path)


def record_of_one_that_died(layout: Layout) -> None:
    ProcessRecord("mongod", pid=2**22 + 1, create_time=1.0, port=27017).save(layout.record("mongod"))


def status_json(*, expect: type[BaseException] | None = None) -> tuple[Result, dict[str, str]]:
    result = CliRunner().invoke(status, ["--json"])
    assert expect is None or isinstance(result.exception, expect)
    return result, {service["service"]: service["state"] for service in json.loads(result.stdout)["services"]}


def test_where_nothing_was_started_status_says_what_to_do_and_is_content(home: Layout) -> None:
    result = CliRunner().invoke(status, [])

    assert result.exit_code == 0
    assert result.stdout == "No local stack runs here. Start one with `reclaim up`.\n"
    assert status_json()[1] == {"mongod": "down", "localstack": "down", "prefect": "down"}
    assert not home.state.exists()


def test_a_service_that_died_is_an_error_and_the_json_is_there_all_the_same(home: Layout) -> None:
    record_of_one_that_died(home)

    result, states = status_json(expect=StackUnavailable)

    assert states["mongod"] == "dead"
    assert "MongoDB is dead" in str(result.exception)


def test_down_clears_away_the_record_of_one_that_died(home: Layout) -> None:
    record_of_one_that_died(home)

    assert CliRunner().invoke(down, []).stdout == "No local stack runs here.\n"
    assert status_json()[1]["mongod"] == "down"


def test_down_as_json_names_what_it_stopped(home: Layout) -> None:
    assert json.loads(CliRunner().invoke(down, ["--json"]).stdout) == {"stopped": []}


@pytest.mark.parametrize("command", [up, down, status])
def test_help_gives_an_example(command: Command) -> None:
    assert "Example: reclaim" in CliRunner().invoke(command, ["--help"]).stdout
