"""What the stack knows of a service."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from typing import Protocol

from reclaim.local.layout import Layout
from reclaim.local.processes import ServiceCommand


class Service(Protocol):
    """One long-running program of the stack."""

    @property
    def name(self) -> str:
        """Short, for files and JSON."""
        ...

    @property
    def title(self) -> str:
        """For people."""
        ...

    @property
    def starts_within(self) -> float:
        """Seconds after which a start counts as failed."""
        ...

    @property
    def stops_within(self) -> float:
        """Seconds after which a stop is forced."""
        ...

    def is_installed(self, layout: Layout) -> bool:
        """Whether `command` has nothing to download."""
        ...

    def command(self, layout: Layout, ports: Mapping[str, int], cancelled: threading.Event) -> ServiceCommand:
        """How to start it; installs it first if need be."""
        ...

    def probe(self, port: int) -> bool:
        """Whether it is fit for use; returns within seconds and never raises."""
        ...

    def url(self, port: int) -> str:
        """Where it answers."""
        ...

    def variables(self, layout: Layout, port: int) -> dict[str, str]:
        """What programs that use it find in their environment."""
        ...


def bare_environment(layout: Layout, name: str) -> dict[str, str]:
    """What a service gets to see of the machine: no credentials, no settings, and a home of its own."""
    temporary = layout.data(name) / "tmp"
    temporary.mkdir(parents=True, exist_ok=True)
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "TZ") if name in os.environ}
    return {**kept, "HOME": str(layout.data(name)), "TMPDIR": str(temporary), "PYTHONUNBUFFERED": "1"}
