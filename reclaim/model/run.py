"""A run as `recovery_runs` holds it, and the process that owns it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from secrets import token_hex
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from reclaim.model.validation import ValidationResult

_TIME_IN_ID: Final = "%Y%m%dT%H%M%S"


class RunState(StrEnum):
    """The state of a run."""

    RUNNING = "running"
    COMPLETED = "completed"
    """It ended by itself, balanced, and what it left passed validation."""
    HALTED = "halted"
    """The breaker or an operator stopped it; messages that it had received and not settled are back in the queue."""
    FAILED = "failed"
    """It does not balance, or a critical expectation is broken."""
    INTERRUPTED = "interrupted"
    """It was found running, and its process had died."""


class Owner(BaseModel):
    """The process that executes a run: enough to tell, on the same machine, whether it is still alive."""

    model_config = ConfigDict(frozen=True)

    host: str
    pid: int
    started: float = Field(description="when the process was created, in seconds since 1970")


class RunRecord(BaseModel):
    """One document of `recovery_runs`.

    Attributes:
        kind: what the run was for: recover, ingest, release, undo, reconcile.
        contract: the name of the contract whose events it is about.
        parameters: what it was asked to do; never a secret.
        closed_by: the run that drained what an interrupted run had left; from then on the counts are final.
        undone_by: the last undo that took back what it could of this run.
        heartbeat_at: when its owner last reported that it is alive, UTC.
        counts: received and the outcomes, see `reclaim.model.outcome.Counts`.
        money: per currency, the amounts that the recovered and the quarantined records name.
        approver: who else agreed to it, where its size requires that.
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
        """The entry of the run as it ended `at`; `found` are other fields that are known by then."""
        return self.model_copy(
            update={"state": state, "finished_at": at, "heartbeat_at": at or self.heartbeat_at, **found}
        )


def new_run_id(now: datetime) -> str:
    """An ID for a run that begins `now`. Such IDs sort by time and do not repeat."""
    return f"run-{now.strftime(_TIME_IN_ID)}-{token_hex(3)}"
