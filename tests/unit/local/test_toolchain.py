from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from reclaim.local.localstack import TOOL as LOCALSTACK
from reclaim.local.mongod import TOOL as MONGOD
from reclaim.local.mongod import _require_platform, _require_runs
from reclaim.local.readiness import Cancelled
from reclaim.local.toolchain import Tool, folder_of, install, lock_file
from reclaim.model.errors import StackUnavailable

LOCKS = ["localstack", "mongod", "build"]


def tool(*steps: Sequence[str]) -> Tool:
    return Tool(name="mongod", title="Something", steps=lambda folder, _lock: [[*step, str(folder)] for step in steps])


def empty_environment() -> Tool:
    return tool(("venv", "--quiet", "--allow-existing", "--no-python-downloads"))


def test_what_is_installed_is_not_installed_again(tmp_path: Path) -> None:
    folder = install(empty_environment(), tmp_path, threading.Event())
    (folder / "mine").touch()

    assert install(tool(("no-such-command",)), tmp_path, threading.Event()) == folder
    assert (folder / "mine").exists()


def test_an_install_that_was_killed_does_not_count_and_is_cleared_away(tmp_path: Path) -> None:
    abandoned = tmp_path / ".mongod-abc.partial"
    abandoned.mkdir()

    folder = install(empty_environment(), tmp_path, threading.Event())

    assert folder.is_dir()
    assert not abandoned.exists()


def test_a_changed_lock_is_another_tool(tmp_path: Path) -> None:
    assert folder_of(MONGOD, tmp_path) != folder_of(LOCALSTACK, tmp_path)
    assert re.fullmatch(r"mongod-[0-9a-f]{12}-py3\d+", folder_of(MONGOD, tmp_path).name)


def test_a_failed_install_quotes_uv_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    broken = tool(("pip", "install", "--offline", "--no-cache", "--no-index", "no-such-package-at-all", "--target"))

    with pytest.raises(StackUnavailable, match=r"Something could not be installed; uv says: “.*no-such-package"):
        install(broken, tmp_path, threading.Event())

    assert [path.name for path in tmp_path.iterdir()] == [".mongod.lock"]


def test_giving_up_ends_an_install(tmp_path: Path) -> None:
    cancelled = threading.Event()
    cancelled.set()

    with pytest.raises(Cancelled):
        install(empty_environment(), tmp_path, cancelled)

    assert not folder_of(MONGOD, tmp_path).exists()


def test_too_little_room_is_said_before_anything_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(tmp_path)._replace(free=300_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)

    with pytest.raises(StackUnavailable, match=r"takes about 2 GB and .* has 0\.3 GB"):
        install(empty_environment(), tmp_path, threading.Event())

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("system", "machine"), [("Darwin", "arm64"), ("Linux", "aarch64"), ("Windows", "AMD64")])
def test_where_the_packaged_mongod_does_not_run_one_is_told_to_bring_one(system: str, machine: str) -> None:
    with pytest.raises(StackUnavailable, match=f"this is {system} {machine}") as caught:
        _require_platform(system, machine)

    assert "PATH" in caught.value.next_step


def test_a_mongod_without_its_libraries_is_reported_in_its_own_words(tmp_path: Path) -> None:
    binary = tmp_path / "mongod"
    binary.write_text("#!/bin/sh\necho 'libssl.so.3: cannot open shared object file' >&2\nexit 127\n")
    binary.chmod(0o755)

    with pytest.raises(StackUnavailable, match=r"needs OpenSSL 3\): libssl\.so\.3: cannot open"):
        _require_runs(binary)


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_package_has_a_hash_and_no_lock_names_an_index(name: str) -> None:
    text = lock_file(name).read_text()
    packages = [line for line in text.splitlines() if line and line[0] not in " #"]

    assert packages
    assert all(re.match(r"[\w.-]+==\S+", line) and line.endswith("\\") for line in packages)
    assert text.count("--hash=sha256:") >= len(packages)
    assert "://" not in text
