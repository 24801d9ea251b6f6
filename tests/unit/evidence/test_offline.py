"""Checking evidence needs nothing that could reach a network."""

from __future__ import annotations

import subprocess
import sys

import pytest
from click.testing import CliRunner

from reclaim.cli.verify import verify
from tests.unit.evidence.conftest import Archive

_LOADED = """
import sys, reclaim.cli.main, reclaim.cli.verify
clients = ("prefect", "boto3", "pymongo", "pandas", "pyarrow", "great_expectations")
print([name for name in clients if name in sys.modules])
"""


def test_the_command_loads_no_client_of_anything() -> None:
    done = subprocess.run([sys.executable, "-c", _LOADED], capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"


def test_the_command_shows_what_was_found_and_what_to_note_down(
    three: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECLAIM_EVIDENCE_KEY", "k" * 32)

    shown = CliRunner().invoke(verify, [str(three.path)], standalone_mode=False)

    assert shown.return_value == 0
    assert "3 runs: 12 files with 15 rows are as they were signed" in shown.stdout
    assert three.verify().heads[0].manifest_sha256 in shown.stdout


def test_the_command_names_the_first_thing_and_counts_the_others(
    three: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECLAIM_EVIDENCE_KEY", "o" * 32)

    shown = CliRunner().invoke(verify, [str(three.path)], standalone_mode=False)

    assert shown.return_value == 2
    assert "manifest.json of run-1 was signed with another key" in shown.stdout
    assert "the first of 3 things that are wrong" in shown.stdout
