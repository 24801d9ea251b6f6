"""What an audit looks at, and what it finds. `reconciliation.json` is the dump of it; tables and pages are views of it.

Amounts are whole numbers in minor units of the currency they stand under, of any size, never summed across currencies.
The rows behind the sums are in two frames, whose columns `reclaim.reconciliation.frames` describes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from reclaim import __version__
from reclaim.model.errors import ExitCode
from reclaim.model.run import RunState
from reclaim.model.validation import ValidationResult
from reclaim.text.printable import PrintableText

BACKDATING_DAYS: Final = 35
"""How far back a biller may still bill by itself, unless another number is given."""

MAX_BACKDATING_DAYS: Final = 3650


@dataclass(frozen=True, slots=True)
class AuditWindow:
    """Applications applied for in ``[opens, closes)``, UTC.

    Attributes:
        as_of: the moment against which lateness is measured, UTC.
        backdating: what is older than this at `as_of` is late.
    """

    opens: datetime
    closes: datetime
    as_of: datetime
    backdating: timedelta = timedelta(days=BACKDATING_DAYS)

    def holds(self, moment: datetime) -> bool:
        """Whether `moment` is in the window."""
        return self.opens <= moment < self.closes


class ApplicationClass(StrEnum):
    """What an application of the window is; exactly one, the first that fits."""

    REFUNDED = "refunded"
    """Its charges net to zero, and at least one of them is negative."""
    MATCHED = "matched"
    """Exactly one charge, of the same client, amount and currency."""
    MISCHARGED = "mischarged"
    """It has charges, but none of the above."""
    AWAITING_QUARANTINE = "awaiting_quarantine"
    """Its client is not in the record, but an open quarantined message names it."""
    UNATTRIBUTABLE = "unattributable"
    """Its client is not in the record, and no quarantined message names it."""
    LATE = "late"
    """Not charged, and older than the biller's back-dating window: for manual adjustment, not billed automatically."""
    UNBILLED_RECOVERED = "unbilled_recovered"
    """Not charged; a run gave its client the tracking ID."""
    UNBILLED = "unbilled"
    """Not charged."""


class ChargeClass(StrEnum):
    """What a charge is; exactly one, the first that fits."""

    WITHOUT_APPLICATION = "charge_without_application"
    """Made in the window for an application that does not exist."""
    WRONG_CLIENT = "wrong_client"
    """Its client is not the application's."""
    REFUND = "refund"
    """A negative amount."""
    DUPLICATE = "duplicate_charge"
    """Not the first positive charge of its application by (charged_at, ID) among those of the right client."""
    WRONG_AMOUNT = "wrong_amount"
    """The amount or the currency is not the application's."""
    MATCHED = "matched"
    """The rest."""


class Figures(BaseModel):
    """A frozen part of the result; an unknown name is refused, so that a mistyped one cannot vanish."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_by_name=True, serialize_by_alias=True)


class Line(Figures):
    """A number of rows of one currency, and the sum of their amounts."""

    count: int = 0
    amount_minor: int = 0

    def __add__(self, other: Line) -> Line:
        """Both together; the caller makes sure that they are of one currency."""
        return Line(count=self.count + other.count, amount_minor=self.amount_minor + other.amount_minor)


class Drift(Figures):
    """By how much charges of a wrong amount, but the right currency, differ from the price; both sums are positive."""

    over_minor: int = 0
    under_minor: int = 0


class Leakage(Figures):
    """Money that was charged wrongly, in one currency (the charge's): the misapplied charges.

    Attributes:
        drift: of the charges of a wrong amount.
        wrong_amount: those charges, with what was charged (not with the drift).
        wrong_currency: those of them whose currency is not the application's, so that they have no drift.
        duplicates, wrong_client, without_application: the charges of these classes.
    """

    drift: Drift = Drift()
    wrong_amount: Line = Line()
    wrong_currency: Line = Line()
    duplicates: Line = Line()
    wrong_client: Line = Line()
    without_application: Line = Line()

    @property
    def charges(self) -> int:
        """How many charges are misapplied."""
        return (self.wrong_amount + self.duplicates + self.wrong_client + self.without_application).count


class Summary(Figures):
    """What is to be done about one currency.

    Attributes:
        billable_now: `unbilled_recovered` and `unbilled`: the biller can take them as they are.
        at_risk: `awaiting_quarantine` and `unattributable`: they cannot be billed yet, because their client is unknown.
        by_hand: `late`: each needs a manual adjustment.
        mischarged: applications whose charges do not fit them; what is wrong with the charges is in `leakage`.
    """

    billable_now: Line = Line()
    at_risk: Line = Line()
    by_hand: Line = Line()
    mischarged: Line = Line()
    leakage: Leakage = Leakage()


class BalanceCheck(Figures):
    """The classes of one currency against a total that MongoDB counted independently.

    Attributes:
        of: ``applications`` or ``charges``.
        classes: the sum of the classes.
        total: what MongoDB says there is.
    """

    of: str
    currency: str
    classes: Line
    total: Line

    @property
    def holds(self) -> bool:
        """Whether counts and amounts are the same."""
        return self.classes == self.total


class Backfill(Figures):
    """What was written to applications of recovered clients that had no tracking ID.

    Attributes:
        applications: how many this run gave one.
        clients: how many clients they belong to.
    """

    applications: int = 0
    clients: int = 0


class Reconciliation(Figures):
    """The audit of one window. Only classes that occur are listed, and only currencies that have drift.

    Attributes:
        run_id: the run's ID, also the name of the report's folder.
        from_, to: the window ``[from, to)`` on `applied_at`, UTC; ``from`` in JSON.
        as_of: the moment against which lateness is measured, UTC.
        backdating_days: how far back from `as_of` the biller may still bill by itself.
        balanced: all `checks` hold.
        applications, charges: {currency: {class: line}}. A charge stands under its own currency, which need not be
            its application's.
        drift: of charges of a wrong amount, by currency.
        checks: the classes against MongoDB's totals, per currency.
        summary: what is to be done, by currency; every currency that occurs anywhere has one.
        backfill: None where it was not asked for.
        consistent: all was read at one moment; False where the server offers no snapshot reads.
        explanation: why it failed; empty where it did not.
        exit_code: what the command tells the shell.
        timings: seconds by step.
        peak_rss_mb: the most memory the process held, in megabytes (10^6 bytes).
    """

    run_id: PrintableText
    from_: datetime = Field(alias="from")
    to: datetime
    as_of: datetime
    backdating_days: int
    balanced: bool
    applications: dict[str, dict[ApplicationClass, Line]] = Field(default_factory=dict)
    charges: dict[str, dict[ChargeClass, Line]] = Field(default_factory=dict)
    drift: dict[str, Drift] = Field(default_factory=dict)
    checks: tuple[BalanceCheck, ...] = ()
    summary: dict[str, Summary] = Field(default_factory=dict)
    backfill: Backfill | None = None
    validation: ValidationResult = ValidationResult(success=False, skipped="The audit did not get to it.")
    state: RunState = RunState.COMPLETED
    explanation: PrintableText = ""
    exit_code: ExitCode = ExitCode.DONE
    consistent: bool = True
    started_at: datetime
    finished_at: datetime | None = None
    timings: dict[str, float] = Field(default_factory=dict)
    peak_rss_mb: float = 0.0
    operator: PrintableText = ""
    reason: PrintableText = ""
    parameters: dict[str, Any] = Field(default_factory=dict)
    version: str = __version__

    @property
    def currencies(self) -> tuple[str, ...]:
        """Every currency that occurs, in alphabetical order."""
        return tuple(sorted(self.summary))

    def to_json(self) -> bytes:
        """The text of `reconciliation.json`: UTF-8, indented, whole numbers of any size exact."""
        return self.model_dump_json(indent=2).encode() + b"\n"
