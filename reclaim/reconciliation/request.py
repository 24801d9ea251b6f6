"""What a person may ask of an audit: the form of the Prefect UI and the options of the command line."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from reclaim.model.errors import UsageError
from reclaim.reconciliation.model import BACKDATING_DAYS, MAX_BACKDATING_DAYS, AuditWindow
from reclaim.requests import RequestForm


def _moment(value: Any) -> Any:  # noqa: ANN401
    """An ISO 8601 date or date-time; UTC where it names no offset. Never a number, which could mean anything."""
    try:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError("is not an ISO 8601 date or date-time, such as 2026-11-20 or 2026-11-20T08:00Z") from error


Moment = Annotated[datetime, BeforeValidator(_moment)]


class ReconcileRequest(RequestForm):
    """The parameters of an audit; what is left empty comes from the settings."""

    model_config = ConfigDict(validate_by_name=True, serialize_by_alias=True)

    from_: Moment | None = Field(
        None,
        alias="from",
        title="From",
        description="Applications applied for from this moment on, UTC. Both ends empty: the whole month before this.",
    )
    to: Moment | None = Field(None, title="To", description="Applications applied for before this moment, UTC.")
    as_of: Moment | None = Field(
        None, title="As of", description="The moment against which lateness is measured. Empty: when the audit starts."
    )
    backdating_days: int = Field(
        BACKDATING_DAYS,
        ge=0,
        le=MAX_BACKDATING_DAYS,
        title="Back-dating window in days",
        description="How far back from that moment the biller may still bill by itself; what is older is late.",
    )
    backfill: bool = Field(
        False,
        title="Write tracking IDs to applications",
        description="Those of recovered clients in the window that have none. Everything else stays as it is.",
    )
    queue: str | None = Field(
        None,
        title="Dead-letter queue",
        description="Under which queue the run is entered: name or URL. Empty: the configured one (RECLAIM_QUEUE).",
    )
    operator: str | None = Field(
        None, max_length=200, title="Operator", description="Who runs this. Empty: the configured one."
    )
    reason: str = Field("", max_length=2000, title="Reason", description="Why; kept with the run.")

    @model_validator(mode="after")
    def _forwards(self) -> Self:
        if self.from_ is None or self.to is None:
            if self.from_ is not self.to:
                raise ValueError("a window has two ends, or none at all for the last whole month")
            return self
        if self.to <= self.from_:
            raise ValueError(f"the window ends ({self.to:%Y-%m-%dT%H:%M:%SZ}) before or when it begins")
        return self

    def window(self, now: datetime) -> AuditWindow:
        """What the audit looks at, when it starts `now` (UTC)."""
        this_month = now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        closes = self.to or this_month
        opens = self.from_ or (this_month - timedelta(days=1)).replace(day=1)
        return AuditWindow(opens, closes, self.as_of or now, timedelta(days=self.backdating_days))


def read_request(**asked: Any) -> ReconcileRequest:  # noqa: ANN401
    """The request that these values make, by the names of its fields or their aliases.

    Raises:
        UsageError: one of them is not usable; the sentence says which.
    """
    try:
        return ReconcileRequest.model_validate(asked)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        option = "".join(f"--{str(part).rstrip('_').replace('_', '-')} " for part in first["loc"][:1])
        problem = first["msg"].removeprefix("Value error, ")
        raise UsageError(f"{option}{problem}.", "Nothing was read or written.") from error
