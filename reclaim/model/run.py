"""A recovery run as `recovery_runs` holds it, and who is alive to own it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from secrets import token_hex
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from reclaim.model.validation import ValidationResult

_TIME_IN_ID: Final = "%Y%m%dT%H%M%S"


class RunState(StrEnum):
    """Where a run stands."""

    RUNNING = "running"
    COMPLETED = "completed"
    """It ended by itself, balanced, and what it left passed validation."""
    HALTED = "halted"
    """The breaker or an operator stopped it; what it had in hand is back in the queue."""
    FAILED = "failed"
    """It does not balance, or a critical expectation is broken."""
    INTERRUPTED = "interrupted"
    """It was found running with no live owner."""


class Owner(BaseModel):
    """The process that runs a run: enough to tell, on the same machine, whether it still lives."""

    model_config = ConfigDict(frozen=True)

    host: str
    pid: int
    started: float = Field(description="when the process was created, in seconds since 1970")


class RunRecord(BaseModel):
    """One document of `recovery_runs`.

    Attributes:
        kind: recover, ingest, release, undo, reconcile: what the run was for.
        contract: the name of the contract whose events it is about.
        parameters: what it was asked to do; never a secret.
        closed_by: of an interrupted run, the one that drained what it had left; its counts are final from then on.
        undone_by: the last undo that took back what it could of this run.
        heartbeat_at: when its owner last said that it lives, UTC.
        counts: received and the outcomes, see `reclaim.model.outcome.Counts`.
        money: per currency, what the recovered and quarantined clients are charged per application.
        approver: who else agreed to it, where its size asks for that.
        code_version: what ran, as precisely as it is known.
        evidence: SHA-256 of the report's files by name, the manifest's among them.
    """

    run_id: str
    kind: str = "recover"
    state: RunState = RunState.RUNNING
    queue: str
    contract: str = ""
    operator: str
    reason: str = ""
    approver: str = ""
    code_version: str = ""
    parameters: dict[str, Any] = Field(default_factory=dict)
    owner: Owner
    started_at: datetime
    heartbeat_at: datetime
    finished_at: datetime | None = None
    explanation: str = ""
    closed_by: str | None = None
    undone_by: str | None = None
    counts: dict[str, int] = Field(default_factory=dict)
    causes: dict[str, int] = Field(default_factory=dict)
    reacknowledged: int = 0
    balanced: bool | None = None
    money: dict[str, Any] = Field(default_factory=dict)
    timings: dict[str, Any] = Field(default_factory=dict)
    validation: ValidationResult | None = None
    evidence: dict[str, str] = Field(default_factory=dict)

    def ended(self, state: RunState, at: datetime | None, **found: Any) -> RunRecord:  # noqa: ANN401
        """The entry of the run as it ended `at`; `found` is what else is known by then, by field."""
        return self.model_copy(
            update={"state": state, "finished_at": at, "heartbeat_at": at or self.heartbeat_at, **found}
        )

    @property
    def is_open(self) -> bool:
        """Whether what it counted may still change, because it has not given its account."""
        return self.state is RunState.RUNNING or (self.state is RunState.INTERRUPTED and not self.closed_by)


def new_run_id(now: datetime) -> str:
    """An ID for a run that begins `now`; such IDs sort by time and never repeat."""
    return f"run-{now.strftime(_TIME_IN_ID)}-{token_hex(3)}"
