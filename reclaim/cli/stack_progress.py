"""Shows on stderr how the local stack comes up or goes down."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from rich.console import Console
from rich.markup import escape
from rich.status import Status

from reclaim.local.starting import OnStartProgress, StartProgress

STYLES: Final = {
    "ready": "green",
    "already running": "green",
    "up": "green",
    "failed": "red",
    "dead": "red",
    "not answering": "red",
    "down": "dim",
    "stopped": "dim",
}
"""How a service's step or state looks."""

_UNDER_WAY: Final = frozenset({"installing", "starting", "stopping"})
_TIMED: Final = frozenset({"ready", "stopped", "failed"})


@contextmanager
def watching(what: str) -> Iterator[OnStartProgress]:
    """A callback that prints what becomes of each service; people also see a spinner with what is under way.

    The spinner is there only while something is under way, so that others may draw on the terminal afterwards.

    Args:
        what: is being done, in a few words; stands before the services.
    """
    shown = _Shown(what, Console(stderr=True, highlight=False, soft_wrap=True))
    try:
        yield shown.update
    finally:
        shown.close()


class _Shown:
    """The services under way, and the spinner that names them."""

    def __init__(self, what: str, console: Console) -> None:
        self._what = what
        self._console = console
        self._spinner = Status(what, console=console)
        self._under_way: dict[str, str] = {}
        self._lock = threading.Lock()  # services report from threads of their own

    def update(self, progress: StartProgress) -> None:
        """Show a step of a service."""
        with self._lock:
            self._under_way.pop(progress.service, None)
            if progress.step in _UNDER_WAY:
                self._under_way[progress.service] = progress.step
            if progress.step not in _UNDER_WAY or not self._console.is_terminal:
                self._console.print(_line(progress))
            self._spin()

    def close(self) -> None:
        """Leave the terminal to others."""
        self._spinner.stop()

    def _spin(self) -> None:
        if not self._console.is_terminal or not self._under_way:
            self._spinner.stop()
            return
        waits = {"installing": " (installing)"}
        services = ", ".join(service + waits.get(step, "") for service, step in self._under_way.items())
        self._spinner.update(f"{self._what} [dim]{services}[/]")
        self._spinner.start()


def _line(progress: StartProgress) -> str:
    took = f" in {progress.seconds:.1f} s" if progress.step in _TIMED else ""
    line = f"{progress.service:<11} [{STYLES.get(progress.step, 'none')}]{progress.step + took:<18}[/]"
    return f"{line} [dim]{escape(progress.detail)}[/]" if progress.detail else line
