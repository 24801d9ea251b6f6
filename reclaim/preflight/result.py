"""The result of a preflight: one finding per item, with what to do and who to call."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, computed_field

from reclaim.model.errors import ExitCode
from reclaim.model.frozen import FrozenModel


class Severity(StrEnum):
    """What follows from a failed item."""

    BLOCKING = "blocking"
    """A recovery would do harm, or could not be trusted: it refuses to start."""
    ADVISORY = "advisory"
    """The next outage would be likelier, worse, or noticed late; a recovery is not affected."""


class Status(StrEnum):
    """How an item came out."""

    PASS = "pass"  # noqa: S105  (a status, no password)
    FAIL = "fail"
    SKIP = "skip"
    """There was nothing to check."""
    UNREACHABLE = "unreachable"
    """It could not be checked: what was asked did not answer."""


class Contact(FrozenModel):
    """Who to call: a team of the checklist, and how it is reached."""

    team: str
    name: str
    call: str


class Finding(FrozenModel):
    """What became of one item.

    Attributes:
        code: stable, such as ``queue.retention``.
        title: what must be true.
        seen: what was seen; without any value of a message.
        todo: what to do; empty where it passed.
        call: who can repair it.
    """

    code: str
    title: str
    severity: Severity
    status: Status
    seen: str
    todo: str = ""
    call: tuple[Contact, ...] = ()

    @property
    def family(self) -> str:
        """The part of the system that it is about; the checklist names the team of each."""
        return self.code.partition(".")[0]


class Preflight(BaseModel):
    """All findings of one preflight, in the order of the checklist."""

    model_config = ConfigDict(frozen=True)

    checked_at: datetime
    queue: str
    checklist: str
    findings: tuple[Finding, ...]

    @property
    def failed(self) -> tuple[Finding, ...]:
        """The items that are not as they must be."""
        return self.having(Status.FAIL)

    def having(self, status: Status) -> tuple[Finding, ...]:
        """The findings with that status."""
        return tuple(finding for finding in self.findings if finding.status is status)

    @computed_field  # type: ignore[prop-decorator]
    @property
    def counts(self) -> dict[str, int]:
        """How many items came out how."""
        counted = Counter(finding.status.value for finding in self.findings)
        return {status.value: counted[status.value] for status in Status}

    @computed_field  # type: ignore[prop-decorator]
    @property
    def exit_code(self) -> int:
        """4 where something did not answer, since then it is not known; else 2 where an item failed; else 0."""
        if self.having(Status.UNREACHABLE):
            return ExitCode.UNREACHABLE
        return ExitCode.NEEDS_A_PERSON if self.failed else ExitCode.DONE
