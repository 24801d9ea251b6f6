"""Files and folders that are either whole or not there, and the files' fingerprints."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

MANIFEST_NAME: Final = "manifest.json"
"""Names the fingerprints of the others, so it has none of its own."""

_SUFFIX: Final = ".partial"


@contextmanager
def arriving(target: Path, *, private: bool = False, writer: str = "") -> Iterator[Path]:
    """A path beside `target` to write a file or a folder to; it becomes `target` in one step, if the block ends well.

    It is the same path every time, so that what a killed process left there goes when the file is written again. For
    the same reason only one process may write a target at a time, unless each names itself as the `writer`.

    Args:
        target: replaced if it is a file; a folder must not be there yet.
        private: whether only the owner may read it (mode 0600); for files.
        writer: part of the path's name, for a target that several processes may write at once.
    """
    partial = target.with_name(f".{target.name}{writer and f'.{writer}'}{_SUFFIX}")
    _remove(partial)
    try:
        if private:
            os.close(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        yield partial
        if partial.is_file():
            _flush(partial)
        partial.replace(target)
    finally:
        _remove(partial)


def fingerprints(folder: Path) -> dict[str, str]:
    """SHA-256 in hexadecimal of every file under `folder`, by its name relative to it, sorted.

    Neither `MANIFEST_NAME` nor files that are still arriving are among them.
    """
    names = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    return {
        name: _sha256(path) for name, path in sorted(names.items()) if name != MANIFEST_NAME and path.suffix != _SUFFIX
    }


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _flush(path: Path) -> None:
    """Have the bytes on disk before the name: a rename may otherwise outlive a crash that its content did not."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
