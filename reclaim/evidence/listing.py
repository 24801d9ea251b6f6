"""Lists and reads folders that may have been prepared by others: no link is followed, only plain files are opened."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import Final

_OPENED: Final = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
"""Neither follow a link that took a file's place a moment ago, nor wait for a pipe's other end."""


def plain_files(folder: Path) -> tuple[dict[str, Path], list[str]]:
    """The plain files under `folder` by their names in it, and the names of what is neither that nor a folder.

    Raises:
        OSError: a folder cannot be listed.
    """
    plain: dict[str, Path] = {}
    others: list[str] = []
    waiting = [folder]
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                path = Path(entry.path)
                name = path.relative_to(folder).as_posix()
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(path)
                elif entry.is_file(follow_symlinks=False):
                    plain[name] = path
                else:
                    others.append(name)
    return plain, sorted(others)


@contextmanager
def opened(path: Path) -> Iterator[BufferedReader]:
    """The plain file at `path`.

    Raises:
        OSError: it cannot be read, or is no plain file any more.
    """
    descriptor = os.open(path, _OPENED)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(f"{path.name} is no plain file")
        yield file


def read_at_most(path: Path, limit: int) -> bytes:
    """The file's bytes, one more than `limit` at most."""
    with opened(path) as file:
        return file.read(limit + 1)


def sha256_of_file(path: Path) -> str:
    """In hexadecimal; the file is read piece by piece."""
    with opened(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
