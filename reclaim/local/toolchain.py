"""Install what the stack runs, from locks that name every package and its hash.

A tool is in a folder named after its lock's hash and Python, which appears in one step once it is complete. A
killed install therefore leaves nothing that counts, and a changed lock is a new tool.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from uv import find_uv_bin

from reclaim.files import arriving
from reclaim.local.locking import exclusive
from reclaim.local.readiness import Cancelled
from reclaim.model.errors import StackUnavailable

NEEDED_BYTES = 2 * 10**9
_INSTALL_SECONDS = 900.0
_POLL_SECONDS = 0.1

# It asks sysconfig, whose first use is not safe from two threads (Python 3.11 may then answer None).
_FINDING_UV = threading.Lock()


@dataclass(frozen=True)
class Tool:
    """Something to install.

    Args:
        name: of the tool and of its lock in `locks/`.
        title: its name in sentences.
        steps: the calls of uv that put it into a folder, given the folder and the path of the lock.
    """

    name: str
    title: str
    steps: Callable[[Path, Path], Sequence[Sequence[str]]]

    @property
    def lock(self) -> Path:
        """Its packages and their hashes."""
        return lock_file(self.name)


def lock_file(name: str) -> Path:
    """A lock that comes with this package."""
    return Path(str(files("reclaim.local") / "locks" / f"{name}.txt"))


def folder_of(tool: Tool, tools: Path) -> Path:
    """Where the tool is once it is installed."""
    digest = hashlib.sha256(tool.lock.read_bytes()).hexdigest()[:12]
    return tools / f"{tool.name}-{digest}-py{sys.version_info.major}{sys.version_info.minor}"


def install(tool: Tool, tools: Path, cancelled: threading.Event) -> Path:
    """Make sure a tool is there; safe to call from several processes at once.

    Returns:
        Its folder.

    Raises:
        StackUnavailable: no room, no network, or a package that does not fit this machine.
        Cancelled: the start of the stack was given up.
    """
    folder = folder_of(tool, tools)
    if folder.is_dir():
        return folder
    tools.mkdir(parents=True, exist_ok=True)
    require_room(tools)
    with exclusive(tools / f".{tool.name}.lock", _INSTALL_SECONDS, cancelled, f"the installation of {tool.title}"):
        if not folder.is_dir():
            _install_whole(tool, folder, cancelled)
    return folder


def require_room(folder: Path) -> None:
    """Refuse before the disk is full rather than halfway.

    Raises:
        StackUnavailable: there is less room than the stack takes.
    """
    free = shutil.disk_usage(folder).free
    if free < NEEDED_BYTES:
        raise StackUnavailable(
            f"Installing the local stack takes about {NEEDED_BYTES / 1e9:.0f} GB and {folder} has {free / 1e9:.1f} GB.",
            "Make room, or point RECLAIM_HOME at a folder on another disk.",
        )


def _install_whole(tool: Tool, folder: Path, cancelled: threading.Event) -> None:
    for abandoned in folder.parent.glob(f".{tool.name}-*.partial"):  # ours alone: the lock is held
        shutil.rmtree(abandoned, ignore_errors=True)
    with arriving(folder) as partial:
        partial.mkdir()
        for arguments in tool.steps(partial, tool.lock):
            _run_uv(tool.title, arguments, cancelled)


def _uv() -> str:
    with _FINDING_UV:
        return find_uv_bin()


def _run_uv(title: str, arguments: Sequence[str], cancelled: threading.Event) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    environment["COLUMNS"] = "1000"  # or uv breaks what it says into lines, of which the last is quoted
    with tempfile.TemporaryFile() as output:
        uv = subprocess.Popen(  # noqa: S603 - every argument is ours
            [_uv(), *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        try:
            _wait(uv, title, cancelled)
        finally:
            _end(uv)
        if uv.returncode:
            output.seek(0)
            raise _failed(title, output.read().decode(errors="replace"))


def _wait(uv: subprocess.Popen[bytes], title: str, cancelled: threading.Event) -> None:
    deadline = time.monotonic() + _INSTALL_SECONDS
    while uv.poll() is None:
        if cancelled.wait(_POLL_SECONDS):
            raise Cancelled
        if time.monotonic() >= deadline:
            raise StackUnavailable(
                f"{title} could not be installed within {_INSTALL_SECONDS / 60:.0f} minutes.",
                "Check the network, then run `reclaim up` again.",
            )


def _end(uv: subprocess.Popen[bytes]) -> None:
    if uv.poll() is None:
        os.killpg(uv.pid, signal.SIGKILL)  # with the build it may have started
        uv.wait()


def _failed(title: str, output: str) -> StackUnavailable:
    lines = [line.strip() for line in output.splitlines() if line.strip() and not line.strip().startswith("hint:")]
    reason = lines[-1].removeprefix("error: ").removeprefix("cause: ").rstrip(".") if lines else "nothing"
    return StackUnavailable(
        f"{title} could not be installed; uv says: “{reason}”.",
        "It needs the package index once: check the network and the index settings, then run `reclaim up` again.",
    )
