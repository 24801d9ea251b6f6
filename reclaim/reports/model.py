"""The report of one run as data. `report.json` is its dump; HTML, Markdown and the terminal are views of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from pydantic import Field

from reclaim import __version__
from reclaim.contracts.contract import Words
from reclaim.exposure.money_at_risk import Exposure, RecordAmounts
from reclaim.exposure.retention import RetentionOutlook
from reclaim.model.errors import ExitCode
from reclaim.model.frozen import FrozenModel
from reclaim.model.message import QueueDepth
from reclaim.model.outcome import Cause, Counts, Outcome
from reclaim.model.percentiles import nearest_rank
from reclaim.model.run import RunState
from reclaim.model.validation import ValidationResult
from reclaim.text.printable import PrintableText

STEPS: Final = ("receive", "record", "decide", "write", "settle")
"""The steps of a batch, in their order."""

MAX_EXAMPLES: Final = 20
"""How many messages a group names; its count is always exact, and every message is in `messages.csv`."""


class CurrencyMoney(FrozenModel):
    """The amounts of one currency's records by the outcome of their messages.

    Duplicates are left out: their record is counted where it was recovered.
    """

    recovered: RecordAmounts = RecordAmounts()
    quarantined: RecordAmounts = RecordAmounts()
    deferred: RecordAmounts = RecordAmounts()


class Throughput(FrozenModel):
    """How fast the run was: messages with an outcome per second.

    The seconds are those from the run's first call to the queue until its last message was accounted for.
    """

    messages_per_second: float = 0.0
    seconds: float = 0.0

    @classmethod
    def of(cls, messages: int, seconds: float) -> Throughput:
        """The pace of `messages` in `seconds`; nothing per second where no time has passed."""
        pace = messages / seconds if seconds > 0 else 0.0
        return cls(messages_per_second=round(pace, 2), seconds=round(seconds, 3))


class StepLatency(FrozenModel):
    """How long one step took per batch, in milliseconds."""

    p50_ms: float
    p95_ms: float
    max_ms: float
    batches: int

    @classmethod
    def of(cls, durations_ms: Sequence[float]) -> StepLatency:
        """The percentiles of these durations (one per batch, at least one).

        Raises:
            ValueError: there are none.
        """
        if not durations_ms:
            raise ValueError("a step's latency needs at least one batch")
        ordered = sorted(durations_ms)
        p50, p95, top = (round(nearest_rank(ordered, percent), 1) for percent in (50, 95, 100))
        return cls(p50_ms=p50, p95_ms=p95, max_ms=top, batches=len(durations_ms))


class MessageLatency(FrozenModel):
    """How long one interval took per message, in milliseconds; see `reclaim.reports.survey.INTERVALS`."""

    p50_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float
    messages: int


class ProgressSample(FrozenModel):
    """The progress of the run at one moment.

    Attributes:
        seconds: since the run's start.
        received: messages received so far.
        settled: messages accounted for so far, by outcome.
        pace: what the pacer allowed at that moment, in messages per second.
        lanes: batches in flight.
    """

    seconds: float
    received: int = 0
    settled: dict[Outcome, int] = Field(default_factory=dict)
    pace: float = 0.0
    lanes: int = 0

    @property
    def settled_total(self) -> int:
        """Messages accounted for so far."""
        return sum(self.settled.values())


class Example(FrozenModel):
    """One message of a group, named so that it can be examined.

    Attributes:
        later_stands: of a record conflict, whether the event that was written first is the later of the two.
    """

    message_id: PrintableText
    detail: PrintableText = ""
    record_key: PrintableText | None = None
    later_stands: bool = False


class CauseGroup(FrozenModel):
    """Messages with one cause: how many exactly, and the first `MAX_EXAMPLES` of them."""

    cause: Cause
    count: int
    examples: tuple[Example, ...] = ()


class BrokenExpectation(FrozenModel):
    """An expectation that the data did not meet; `unexpected` rows broke it, the first of them by ID."""

    suite: PrintableText
    expectation: PrintableText
    severity: str
    unexpected: int
    unexpected_ids: tuple[PrintableText, ...] = ()


class Attention(FrozenModel):
    """What needs a person.

    Attributes:
        quarantined: messages that can never succeed as they are; record conflicts first, then the most frequent cause.
        deferred: messages that stayed in the queue.
        expectations: what the validation found broken.
        unfinished: anything else, a sentence each (such as messages in flight elsewhere).
    """

    quarantined: tuple[CauseGroup, ...] = ()
    deferred: tuple[CauseGroup, ...] = ()
    expectations: tuple[BrokenExpectation, ...] = ()
    unfinished: tuple[PrintableText, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do."""
        return not (self.quarantined or self.deferred or self.expectations or self.unfinished)


class Table(FrozenModel):
    """Rows of text under headings; the columns named in `numeric` (by position) are set flush right."""

    columns: tuple[PrintableText, ...]
    rows: tuple[tuple[PrintableText, ...], ...] = ()
    numeric: frozenset[int] = frozenset()


class Section(FrozenModel):
    """A further chapter, shown after the run's own: paragraphs, then tables."""

    title: PrintableText
    paragraphs: tuple[PrintableText, ...] = ()
    tables: tuple[Table, ...] = ()


class RunReport(FrozenModel):
    """Everything there is to say about a run.

    Attributes:
        run_id: the run's ID, also the name of the report's folder.
        kind: recover, ingest or release.
        contract: the name of the contract whose events it recovered; `words` are what its pages say.
        started_at, finished_at: UTC; not finished where the run was interrupted.
        explanation: why it halted or failed, in sentences; empty where it did neither.
        exit_code: what the command told the shell, see `reclaim.model.errors.ExitCode`.
        counts: received and the outcomes; `balanced` is their check as the run made it.
        reacknowledged: messages an earlier run had settled, only deleted again; in no other count.
        causes: messages by cause code.
        envelopes: messages by the kind of envelope they came in.
        money: by currency; integers in minor units, never summed across currencies.
        exposure: by currency, the uncharged applications of the records that the messages name; None where MongoDB
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
    contract: str
    words: Words
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
    outlook: RetentionOutlook | None = None
    validation: ValidationResult = ValidationResult(success=False, skipped="The run did not get to it.")
    throughput: Throughput = Throughput()
    steps: dict[str, StepLatency] = Field(default_factory=dict)
    latency: dict[str, MessageLatency] = Field(default_factory=dict)
    timeline: tuple[ProgressSample, ...] = ()
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
