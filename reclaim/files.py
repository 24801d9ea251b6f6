"""Files that are either whole or not there, and their fingerprints."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

MANIFEST_NAME: Final = "manifest.json"
"""Names the fingerprints of the others, so it has none of its own."""

_SUFFIX: Final = ".partial"


@contextmanager
def arriving(target: Path) -> Iterator[Path]:
    """A path beside `target` to write to; it becomes `target` in one step, if the block ends well."""
    partial = target.with_name(f".{target.name}{_SUFFIX}")
    try:
        yield partial
        _flush(partial)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def fingerprints(folder: Path) -> dict[str, str]:
    """SHA-256 in hexadecimal of every file under `folder`, by its name relative to it, sorted.

    Neither `MANIFEST_NAME` nor files that are still arriving are among them.
    """
    names = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    return {
        name: _sha256(path) for name, path in sorted(names.items()) if name != MANIFEST_NAME and path.suffix != _SUFFIX
    }


def _flush(path: Path) -> None:
    """Have the bytes on disk before the name: a rename may otherwise outlive a crash that its content did not."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
