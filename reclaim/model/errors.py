"""What can go wrong, sorted by how to react to it.

::

    ReclaimError                 every error a user may see: one sentence and what to do next
    ├── TransientError           retry with backoff; past the retries the run halts      exit 4
    │   ├── StoreUnavailable     MongoDB is down, slow or has no primary
    │   ├── QueueUnavailable     SQS is down, throttles or cannot be reached
    │   └── StackUnavailable     a part of the local stack does not come up or answer
    ├── Halted                   stop, explain, touch nothing more                       exit 3
    └── UsageError               the call or the settings are wrong; nothing was done    exit 64
        ├── SettingsError
        └── PreflightFailed      a recovery refuses to start

Counts that do not balance are not an error either but a result: the run ends as failed, with exit code 1.

A *permanent* fault of one message is not an error at all: it is an outcome (`quarantined`), a value
that `reclaim.recovery.decisions` returns. A bad message therefore cannot stop the good ones.

Adapters translate what their SDK raises into these with ``raise … from``.
"""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """The exit codes of the `reclaim` command."""

    DONE = 0
    BUG = 1
    NEEDS_A_PERSON = 2
    HALTED = 3
    UNREACHABLE = 4
    USAGE = 64


class ReclaimError(Exception):
    """An error that is shown to users: what happened and where, then what to do next.

    Args:
        what: one sentence, what happened and where.
        next_step: what the reader should do now; empty where nothing helps.
    """

    exit_code = ExitCode.BUG

    def __init__(self, what: str, next_step: str = "") -> None:
        super().__init__(what, next_step)
        self.what = what
        self.next_step = next_step

    def __str__(self) -> str:
        return f"{self.what} {self.next_step}".rstrip()


class TransientError(ReclaimError):
    """Something outside is unavailable now and may be back soon."""

    exit_code = ExitCode.UNREACHABLE


class StoreUnavailable(TransientError):
    """MongoDB cannot be reached, has no primary, or timed out."""


class QueueUnavailable(TransientError):
    """SQS cannot be reached, throttles, or timed out."""


class StackUnavailable(TransientError):
    """A part of the local stack cannot be installed, started or reached."""


class Halted(ReclaimError):
    """The breaker tripped or an operator stopped the run."""

    exit_code = ExitCode.HALTED


class UsageError(ReclaimError):
    """The command was called wrongly; nothing has been touched."""

    exit_code = ExitCode.USAGE


class SettingsError(UsageError):
    """A setting is missing or out of bounds; nothing has been touched."""


class PreflightFailed(UsageError):
    """A recovery refuses to start while a blocking item of the preflight fails; nothing has been touched."""
