"""A deployed run works in the project's folder, wherever its worker started it."""

from __future__ import annotations

from pathlib import Path

import pytest

import flows.support.pull_steps
from reclaim.local.testing.stack_handle import PROJECT


def test_a_run_of_a_checkout_works_in_the_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    flows.support.pull_steps.work_in_the_project()

    assert Path.cwd() == PROJECT


def test_without_the_checkout_it_stays_where_the_image_put_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(flows.support.pull_steps, "_PROJECT", tmp_path / "site-packages")

    flows.support.pull_steps.work_in_the_project()

    assert Path.cwd() == tmp_path
