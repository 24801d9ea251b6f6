from __future__ import annotations

from pathlib import Path

from reclaim.local.layout import Layout


def test_a_named_home_wins(tmp_path: Path) -> None:
    assert Layout.find({"RECLAIM_HOME": str(tmp_path / "home")}, tmp_path).state == tmp_path / "home" / ".reclaim"


def test_the_nearest_folder_with_a_stack_counts(tmp_path: Path) -> None:
    (tmp_path / ".reclaim").mkdir()
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)

    assert Layout.find({}, deep).root == tmp_path


def test_the_project_itself_counts_but_a_stranger_s_project_does_not(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "reclaim"\n')
    stranger = tmp_path / "stranger"
    stranger.mkdir()
    (stranger / "pyproject.toml").write_text('[project]\nname = "other"\n')

    assert Layout.find({}, stranger).root == tmp_path


def test_a_pyproject_that_cannot_be_read_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / ".reclaim").mkdir()
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "pyproject.toml").write_text("[project")

    assert Layout.find({}, broken).root == tmp_path


def test_stacks_can_share_their_tools(tmp_path: Path) -> None:
    layout = Layout.find({"RECLAIM_HOME": str(tmp_path), "RECLAIM_TOOLS": str(tmp_path / "shared")}, tmp_path)

    assert layout.tools == tmp_path / "shared"


def test_the_state_is_kept_out_of_version_control(tmp_path: Path) -> None:
    layout = Layout.at(tmp_path)
    layout.create()

    assert (layout.state / ".gitignore").read_text() == "*\n"
