"""The parameters of runs: the forms of the Prefect UI and the options of the command line."""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field

_NULL = {"type": "null"}


def _one_box_each(schema: dict[str, Any]) -> None:
    """Describe an optional field by its own type alone.

    The UI shows `anyOf` as a choice between types, with None selected, and hides the field's input box.
    """
    for field in schema.get("properties", {}).values():
        kinds = [kind for kind in field.get("anyOf", []) if kind != _NULL]
        if len(kinds) == 1:
            del field["anyOf"]
            field.pop("default", None)
            field |= {**kinds[0], **field}


class RequestForm(BaseModel):
    """The parameters of a run; what is left empty comes from the settings."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_extra=_one_box_each)


MAX_LANES: Final = 32
"""More batches in flight than this are of no use: SQS and MongoDB answer no faster."""


DeadLetterQueue = Annotated[
    str | None,
    Field(title="Dead-letter queue", description="Name or URL. Empty: the configured one (RECLAIM_QUEUE)."),
]
MaxMessages = Annotated[
    int | None,
    Field(
        ge=1,
        title="Maximum messages",
        description="Stop after this many. Empty: until the queue is empty.",
    ),
]
Rate = Annotated[
    float | None,
    Field(gt=0, le=100_000, title="Messages per second", description="Never exceeded. Empty: RECLAIM_RATE."),
]
Lanes = Annotated[
    int | None,
    Field(ge=1, le=MAX_LANES, title="Lanes", description="Batches in flight at once. Empty: RECLAIM_LANES."),
]
BatchSize = Annotated[
    int | None,
    Field(
        ge=1,
        le=5000,
        title="Messages per batch",
        description="After canary batches of 1, 2, 5 and 20. Empty: RECLAIM_BATCH_SIZE.",
    ),
]
Operator = Annotated[
    str | None,
    Field(
        max_length=200,
        title="Operator",
        description="Who runs this. Empty: RECLAIM_OPERATOR, else the worker's login.",
    ),
]
Reason = Annotated[str, Field(max_length=2000, title="Reason", description="Why; kept with the run.")]


class RecoverRequest(RequestForm):
    """The parameters of a recovery; what is left empty comes from the settings."""

    queue: DeadLetterQueue = None
    dry_run: bool = Field(
        False,
        title="Dry run",
        description="Decide everything, write and delete nothing, and put every message back.",
    )
    max_messages: MaxMessages = None
    rate: Rate = None
    lanes: Lanes = None
    batch_size: BatchSize = None
    operator: Operator = None
    reason: Reason = ""
    approver: str | None = Field(
        None,
        max_length=200,
        title="Approver",
        description="Who else agrees; needed above the thresholds that are set, and never the operator.",
    )
    override_preflight: str | None = Field(
        None,
        max_length=2000,
        title="Override the preflight",
        description="Why to start although a blocking item of the preflight fails; kept with the run. Empty: don't.",
    )


class IngestRequest(RequestForm):
    """The parameters of an ingestion; what is left empty comes from the settings."""

    queue: str | None = Field(
        None, title="Source queue", description="Name or URL. Empty: the configured one (RECLAIM_SOURCE_QUEUE)."
    )
    max_messages: MaxMessages = None
    rate: Rate = None
    lanes: Lanes = None
    batch_size: BatchSize = None
    operator: Operator = None
    reason: Reason = ""


class PreflightRequest(RequestForm):
    """The parameters of a preflight."""

    queue: DeadLetterQueue = None
    checklist: str | None = Field(
        None,
        title="Ownership checklist",
        description="Path of the file. Empty: the configured one (RECLAIM_CHECKLIST).",
    )
    sample: int = Field(
        20,
        ge=0,
        le=1000,
        title="Sampled messages",
        description="Maximum messages of the dead-letter queue that are read and put back. 0: none.",
    )
    events: str | None = Field(
        None,
        title="Sampled events",
        description="Path of a file with an event per line, or of a folder of such files, to read instead.",
    )
    offline: bool = Field(
        False,
        title="Offline",
        description="Check only the checklist and the sampled events, not the running system.",
    )


class WatchRequest(RequestForm):
    """The parameters of a check of the queue."""

    queue: DeadLetterQueue = None


class UndoRequest(RequestForm):
    """The parameters of an undo."""

    run_id: str = Field(title="Run", description="The ID of the run to undo.")
    queue: str | None = Field(
        None,
        title="Dead-letter queue",
        description="URL of the queue the messages came from, where its name does not suffice to find it.",
    )
    dry_run: bool = Field(False, title="Dry run", description="Say what would be undone and what not; write nothing.")
    operator: Operator = None
    reason: str = Field(
        "", max_length=2000, title="Reason", description="Why; kept with the run. Only a dry run needs none."
    )
