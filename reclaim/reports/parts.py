"""The parts of a report, each a frozen value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from reclaim.model.outcome import Cause, Outcome
from reclaim.model.percentiles import nearest_rank
from reclaim.text.printable import PrintableText

STEPS: Final = ("receive", "record", "decide", "write", "settle")
"""The steps of a batch, in their order."""

MAX_EXAMPLES: Final = 20
"""How many messages a group names; its count is always exact, and every message is in `messages.csv`."""


class Part(BaseModel):
    """A frozen part of the report; an unknown name is refused, so that a mistyped one cannot vanish."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Worth(Part):
    """What one application of each of these clients is worth, in minor units of one currency.

    Attributes:
        clients: how many clients; each counts once.
        messages: how many messages named them.
        rate_minor_total: the sum of the clients' rates.
    """

    records: int = 0
    messages: int = 0
    rate_minor_total: int = 0


class CurrencyMoney(Part):
    """The worth of one currency's clients by what became of their messages.

    Duplicates have no line: their client is counted where it was recovered.
    """

    recovered: Worth = Worth()
    quarantined: Worth = Worth()
    deferred: Worth = Worth()


class Throughput(Part):
    """How fast the run was: messages with an outcome per second.

    The seconds are those from the run's first look at the queue until its last message was accounted for.
    """

    messages_per_second: float = 0.0
    seconds: float = 0.0

    @classmethod
    def of(cls, messages: int, seconds: float) -> Throughput:
        """The pace of `messages` in `seconds`; nothing per second where no time has passed."""
        pace = messages / seconds if seconds > 0 else 0.0
        return cls(messages_per_second=round(pace, 2), seconds=round(seconds, 3))


class StepLatency(Part):
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


class MessageLatency(Part):
    """How long one interval took per message, in milliseconds; see `reclaim.reports.latency.INTERVALS`."""

    p50_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float
    messages: int


class Sample(Part):
    """Where the run stood at one moment.

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


class Example(Part):
    """One message of a group, named so that it can be looked at."""

    message_id: PrintableText
    detail: PrintableText = ""
    record_key: PrintableText | None = None


class CauseGroup(Part):
    """Messages with one cause: how many exactly, and the first `MAX_EXAMPLES` of them."""

    cause: Cause
    count: int
    examples: tuple[Example, ...] = ()


class BrokenExpectation(Part):
    """An expectation that the data did not meet; `unexpected` rows broke it, the first of them by ID."""

    suite: PrintableText
    expectation: PrintableText
    severity: str
    unexpected: int
    unexpected_ids: tuple[PrintableText, ...] = ()


class Attention(Part):
    """What needs a person.

    Attributes:
        quarantined: messages that can never succeed as they are; most frequent cause first.
        deferred: messages that stayed in the queue.
        expectations: what the validation found broken.
        unfinished: other business, a sentence each (such as messages in flight elsewhere).
    """

    quarantined: tuple[CauseGroup, ...] = ()
    deferred: tuple[CauseGroup, ...] = ()
    expectations: tuple[BrokenExpectation, ...] = ()
    unfinished: tuple[PrintableText, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nobody needs to do anything."""
        return not (self.quarantined or self.deferred or self.expectations or self.unfinished)


class Table(Part):
    """Rows of text under headings; the columns named in `numeric` (by position) are set flush right."""

    columns: tuple[PrintableText, ...]
    rows: tuple[tuple[PrintableText, ...], ...] = ()
    numeric: frozenset[int] = frozenset()


class Section(Part):
    """A further chapter, shown after the run's own: paragraphs, then tables."""

    title: PrintableText
    paragraphs: tuple[PrintableText, ...] = ()
    tables: tuple[Table, ...] = ()
