"""Files that are whole or not there, and readable by their owner only."""

from __future__ import annotations

from pathlib import Path

from reclaim.files import arriving


def write_private(path: Path, text: str) -> None:
    """Replace a file in one step, mode 0600; a reader sees the old text or the new, never half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with arriving(path, private=True) as partial:
        partial.write_text(text, encoding="utf-8")
