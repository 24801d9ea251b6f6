"""The structured log: one JSON line per message and step, never a body.

Lines of one batch are written together, so that a run of a million messages is not slowed down by its own log.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import orjson

FIELDS: Final = ("at", "run_id", "step", "message_id", "record_key", "outcome", "cause")
"""The fields that a line may have; others are left out."""


class EventLog:
    """Appends to one file; safe to share between threads.

    Args:
        path: made, with its folder, at the first line.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()

    @property
    def path(self) -> Path:
        """Where the lines go."""
        return self._path

    def write(self, run_id: str, step: str, at: datetime, messages: Iterable[Mapping[str, Any]]) -> None:
        """Note that `messages` (what is known of each by name) reached `step`; only `FIELDS` are kept."""
        common = {"at": at, "run_id": run_id, "step": step}
        lines = b"".join(
            orjson.dumps({**common, **_fit_to_log(message)}, option=orjson.OPT_APPEND_NEWLINE) for message in messages
        )
        if not lines:
            return
        with self._lock:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("ab") as file:
                file.write(lines)


def _fit_to_log(message: Mapping[str, Any]) -> dict[str, Any]:
    return {name: message[name] for name in FIELDS if name in message}
