"""The report of one run as data. `report.json` is its dump; HTML, Markdown and the terminal are views of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from reclaim import __version__
from reclaim.exposure.money_at_risk import Exposure
from reclaim.exposure.retention import Outlook
from reclaim.model.errors import ExitCode
from reclaim.model.message import QueueDepth
from reclaim.model.outcome import Cause, Counts
from reclaim.model.run import RunState
from reclaim.model.validation import ValidationResult
from reclaim.reports.parts import (
    MAX_EXAMPLES,
    STEPS,
    Attention,
    BrokenExpectation,
    CauseGroup,
    CurrencyMoney,
    Example,
    MessageLatency,
    Part,
    Sample,
    Section,
    StepLatency,
    Table,
    Throughput,
    Worth,
)
from reclaim.text.printable import PrintableText

__all__ = [
    "MAX_EXAMPLES",
    "STEPS",
    "Attention",
    "BrokenExpectation",
    "CauseGroup",
    "CurrencyMoney",
    "Example",
    "MessageLatency",
    "Part",
    "RunReport",
    "Sample",
    "Section",
    "StepLatency",
    "Table",
    "Throughput",
    "Worth",
]


class RunReport(Part):
    """Everything a run has to say for itself.

    Attributes:
        run_id: the run's ID, also the name of the report's folder.
        kind: recover or ingest.
        started_at, finished_at: UTC; not finished where the run was interrupted.
        explanation: why it halted or failed, in sentences; empty where it did neither.
        exit_code: what the command told the shell, see `reclaim.model.errors.ExitCode`.
        counts: the books; `balanced` is their check as the run made it.
        reacknowledged: messages an earlier run had settled, only deleted again; in no other count.
        causes: messages by cause code.
        envelopes: messages by the kind of envelope they came in.
        money: by currency; integers in minor units, never summed across currencies.
        exposure: by currency, the uncharged applications of the clients that the messages name; None where MongoDB
            could not be asked. Its money `at_risk` is that of deferred messages.
        outlook: when SQS drops what was deferred, and whether a drain at this run's pace is done by then; None where
            it could not be asked.
        peak_rss_mb: the most memory the process held, in megabytes (10^6 bytes).
        steps: latencies by step, see `STEPS`.
        latency: latencies of single messages by interval, from the ledger's times.
        retries: how many task retries it took.
        queue_before, queue_after: what SQS said the queue held; None where it was not asked.
        interrupted_runs: earlier runs that were found dead and marked so.
        approver: who else agreed to it; empty where nobody had to.
        version: Reclaim's own; `versions` are those of what it ran with, by name.
        code_version: what ran, with its commit where that is known.
        sections: further chapters.
    """

    run_id: PrintableText
    kind: str = "recover"
    state: RunState
    queue: PrintableText
    dry_run: bool = False
    operator: PrintableText = ""
    reason: PrintableText = ""
    approver: PrintableText = ""
    parameters: dict[str, Any] = Field(default_factory=dict)
    started_at: datetime
    finished_at: datetime | None = None
    explanation: PrintableText = ""
    exit_code: ExitCode = ExitCode.DONE
    counts: Counts = Counts()
    balanced: bool = True
    reacknowledged: int = 0
    causes: dict[Cause, int] = Field(default_factory=dict)
    envelopes: dict[str, int] = Field(default_factory=dict)
    money: dict[str, CurrencyMoney] = Field(default_factory=dict)
    exposure: Exposure | None = None
    outlook: Outlook | None = None
    validation: ValidationResult = ValidationResult(success=False, skipped="The run did not get to it.")
    throughput: Throughput = Throughput()
    steps: dict[str, StepLatency] = Field(default_factory=dict)
    latency: dict[str, MessageLatency] = Field(default_factory=dict)
    timeline: tuple[Sample, ...] = ()
    retries: int = 0
    peak_rss_mb: float = 0.0
    queue_before: QueueDepth | None = None
    queue_after: QueueDepth | None = None
    interrupted_runs: tuple[str, ...] = ()
    attention: Attention = Attention()
    version: str = __version__
    code_version: str = ""
    versions: dict[str, str] = Field(default_factory=dict)
    sections: tuple[Section, ...] = ()

    def to_json(self) -> bytes:
        """The text of `report.json`: UTF-8, indented, whole numbers of any size exact."""
        return self.model_dump_json(indent=2, fallback=str).encode() + b"\n"
