from __future__ import annotations

import stat
from pathlib import Path

import pytest

from reclaim.files import arriving
from reclaim.local.layout import write_private


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_there_once_it_is_whole(tmp_path: Path) -> None:
    with arriving(tmp_path / "file") as path:
        path.write_text("new")
        assert not (tmp_path / "file").exists()

    assert (tmp_path / "file").read_text() == "new"
    assert names(tmp_path) == ["file"]


@pytest.mark.parametrize("private", [False, True])
def test_what_fails_halfway_leaves_what_was_there(tmp_path: Path, private: bool) -> None:  # noqa: FBT001
    (tmp_path / "file").write_text("old")

    def fail() -> None:
        with arriving(tmp_path / "file", private=private) as path:
            path.write_text("ne")
            raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        fail()

    assert (tmp_path / "file").read_text() == "old"
    assert names(tmp_path) == ["file"]


def test_a_folder_arrives_as_a_file_does(tmp_path: Path) -> None:
    with arriving(tmp_path / "folder") as path:
        path.mkdir()
        (path / "a").touch()

    assert names(tmp_path) == ["folder"]
    assert names(tmp_path / "folder") == ["a"]


def test_a_folder_that_fails_halfway_leaves_nothing(tmp_path: Path) -> None:
    def fail() -> None:
        with arriving(tmp_path / "folder") as path:
            path.mkdir()
            raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        fail()

    assert names(tmp_path) == []


def test_what_a_killed_process_left_goes_with_the_next_write(tmp_path: Path) -> None:
    (tmp_path / ".stack.env.partial").write_text("A_KEY=")
    (tmp_path / ".stack.env.partial").chmod(0o644)

    write_private(tmp_path / "stack.env", "A_KEY=1\n")

    assert (tmp_path / "stack.env").read_text() == "A_KEY=1\n"
    assert names(tmp_path) == ["stack.env"]


def test_what_is_private_is_its_owners_alone(tmp_path: Path) -> None:
    (tmp_path / "stack.env").write_text("A_KEY=0\n")
    (tmp_path / "stack.env").chmod(0o644)

    write_private(tmp_path / "stack.env", "A_KEY=1\n")

    assert stat.S_IMODE((tmp_path / "stack.env").stat().st_mode) == 0o600
