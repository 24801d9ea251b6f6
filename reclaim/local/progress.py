"""What starting and stopping the stack tells whoever watches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Step = Literal["installing", "starting", "ready", "already running", "stopping", "stopped", "failed"]


@dataclass(frozen=True)
class Progress:
    """A service has come to a step.

    Args:
        service: its title, fit to be shown.
        step: where it is.
        seconds: since work on this service began.
        detail: an address or a reason; may be empty.
    """

    service: str
    step: Step
    seconds: float
    detail: str = ""


OnProgress = Callable[[Progress], None]
"""Called from several threads at once."""


def silent(_progress: Progress) -> None:
    """Tell nobody."""
