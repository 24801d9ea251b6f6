"""What a report needs to know of a run's messages, added up while the ledger's entries go by once."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol, TypeVar

from reclaim.exposure.money_at_risk import RecordAmounts
from reclaim.model.ledger import LedgerEntry
from reclaim.model.outcome import Cause, Outcome
from reclaim.model.percentiles import nearest_rank
from reclaim.model.validation import ValidationResult
from reclaim.recovery.decisions import LATER_STANDS
from reclaim.reports.model import (
    MAX_EXAMPLES,
    BrokenExpectation,
    CauseGroup,
    CurrencyMoney,
    Example,
    MessageLatency,
)

K = TypeVar("K")

INTERVALS: Final[Mapping[str, tuple[str, str]]] = {
    "waited": ("sent", "received"),
    "record": ("received", "recorded"),
    "decide": ("recorded", "decided"),
    "write": ("decided", "written"),
    "settle": ("written", "settled"),
    "handled": ("received", "settled"),
}
"""Between which two steps of the ledger each latency lies. `waited` is the time from the first send, most of which the
outage takes; `handled` is what the run is answerable for."""

_COUNTED_BY_RECORD: Final = (Outcome.QUARANTINED, Outcome.DEFERRED)
"""Outcomes of which one record may have many messages. A record is recovered by one message alone; keeping no set of
those keeps the memory small however long the queue was."""


class EntryCollector(Protocol):
    """What takes in the entries of a run one by one."""

    def add(self, entry: LedgerEntry) -> None:
        """Take in one entry."""
        ...


def passed_through(entries: Iterable[LedgerEntry], *collectors: EntryCollector) -> Iterator[LedgerEntry]:
    """`entries`, each after every collector has taken it in: one read of the ledger serves them all."""
    for entry in entries:
        for collector in collectors:
            collector.add(entry)
        yield entry


@dataclass(frozen=True, slots=True)
class Survey:
    """What the messages of a run add up to.

    Attributes:
        counted: messages by outcome and cause; entries without an outcome are not among them.
        envelopes: messages by the kind of envelope they came in.
        money: by currency, see `reclaim.reports.model.CurrencyMoney`.
        quarantined, deferred: by cause; record conflicts first, then the most frequent.
        latency: of single messages, by interval.
    """

    counted: dict[tuple[Outcome, Cause], int]
    envelopes: dict[str, int]
    money: dict[str, CurrencyMoney]
    quarantined: tuple[CauseGroup, ...]
    deferred: tuple[CauseGroup, ...]
    latency: dict[str, MessageLatency]

    @property
    def outcomes(self) -> dict[Outcome, int]:
        """Messages by outcome."""
        return _summed((outcome, count) for (outcome, _), count in self.counted.items())

    @property
    def causes(self) -> dict[Cause, int]:
        """Messages by cause, the most frequent first."""
        return _summed((cause, count) for (_, cause), count in self.counted.items())

    @property
    def final_causes(self) -> dict[Cause, int]:
        """The causes of messages that have left the queue for good, the most frequent first."""
        return _summed((cause, count) for (outcome, cause), count in self.counted.items() if outcome.is_final)


class Surveyor:
    """Adds up a run's entries one by one; keeps a few numbers a message, and the keys of records in quarantine."""

    def __init__(self) -> None:
        self._counted: Counter[tuple[Outcome, Cause]] = Counter()
        self._envelopes: Counter[str] = Counter()
        self._money: dict[tuple[str, Outcome], _AmountTotals] = {}
        self._examples: dict[tuple[Outcome, Cause], list[Example]] = {}
        self._latencies = Latencies()

    def add(self, entry: LedgerEntry) -> None:
        """Take in one entry."""
        if entry.envelope is not None:
            self._envelopes[entry.envelope] += 1
        if entry.outcome is None or entry.cause is None:
            return
        self._counted[entry.outcome, entry.cause] += 1
        self._latencies.add(entry.steps)
        self._add_money(entry, entry.outcome)
        if entry.outcome in _COUNTED_BY_RECORD:
            self._add_example(entry, entry.outcome, entry.cause)

    def survey(self) -> Survey:
        """What was added so far."""
        return Survey(
            counted=dict(self._counted),
            envelopes=dict(self._envelopes.most_common()),
            money=self._currencies(),
            quarantined=self._groups(Outcome.QUARANTINED),
            deferred=self._groups(Outcome.DEFERRED),
            latency=self._latencies.result(),
        )

    def _add_money(self, entry: LedgerEntry, outcome: Outcome) -> None:
        if entry.currency is None or entry.rate_minor is None or outcome is Outcome.DUPLICATE:
            return
        totals = self._money.setdefault((entry.currency, outcome), _AmountTotals())
        totals.add(entry.record_key or entry.message_id, entry.rate_minor, once=outcome in _COUNTED_BY_RECORD)

    def _add_example(self, entry: LedgerEntry, outcome: Outcome, cause: Cause) -> None:
        named = self._examples.setdefault((outcome, cause), [])
        if len(named) < MAX_EXAMPLES:
            later_stands = cause is Cause.RECORD_CONFLICT and entry.detail.endswith(LATER_STANDS)
            named.append(
                Example(
                    message_id=entry.message_id,
                    detail=entry.detail,
                    record_key=entry.record_key,
                    later_stands=later_stands,
                )
            )

    def _currencies(self) -> dict[str, CurrencyMoney]:
        by_currency: dict[str, dict[str, RecordAmounts]] = {}
        for (currency, outcome), totals in sorted(self._money.items()):
            by_currency.setdefault(currency, {})[outcome.value] = totals.amounts()
        return {currency: CurrencyMoney.model_validate(lines) for currency, lines in by_currency.items()}

    def _groups(self, outcome: Outcome) -> tuple[CauseGroup, ...]:
        counts = {cause: count for (of, cause), count in self._counted.items() if of is outcome}
        return tuple(
            CauseGroup(cause=cause, count=counts[cause], examples=tuple(self._examples[outcome, cause]))
            for cause in sorted(counts, key=lambda cause: (cause is not Cause.RECORD_CONFLICT, -counts[cause]))
        )


def broken_expectations(validation: ValidationResult) -> tuple[BrokenExpectation, ...]:
    """What `validation` found broken, as `Attention` names it: the critical first."""
    broken = (
        BrokenExpectation(
            suite=suite,
            expectation=result.expectation,
            severity=result.severity,
            unexpected=result.unexpected,
            unexpected_ids=result.unexpected_ids[:MAX_EXAMPLES],
        )
        for suite, result in validation.failures
    )
    return tuple(sorted(broken, key=lambda found: found.severity != "critical"))


class Latencies:
    """Collects intervals, eight bytes each."""

    def __init__(self) -> None:
        self._milliseconds = {name: array("d") for name in INTERVALS}

    def add(self, steps: Mapping[str, datetime | None]) -> None:
        """Take in one message; an interval that it did not go through is not counted."""
        for name, (start, end) in INTERVALS.items():
            begun, ended = steps.get(start), steps.get(end)
            if begun and ended:
                self._milliseconds[name].append((ended - begun).total_seconds() * 1000)

    def result(self) -> dict[str, MessageLatency]:
        """By interval, those that any message went through."""
        return {name: _percentiles(sorted(found)) for name, found in self._milliseconds.items() if found}


def _percentiles(ordered: Sequence[float]) -> MessageLatency:
    p50, p95, p99 = (round(nearest_rank(ordered, percent), 1) for percent in (50, 95, 99))
    return MessageLatency(p50_ms=p50, p95_ms=p95, p99_ms=p99, max_ms=round(ordered[-1], 1), messages=len(ordered))


@dataclass(slots=True)
class _AmountTotals:
    messages: int = 0
    records: int = 0
    rate_minor: int = 0
    seen: set[str] = field(default_factory=set)

    def add(self, record_key: str, rate_minor: int, *, once: bool) -> None:
        self.messages += 1
        if record_key in self.seen:
            return
        if once:
            self.seen.add(record_key)
        self.records += 1
        self.rate_minor += rate_minor

    def amounts(self) -> RecordAmounts:
        return RecordAmounts(records=self.records, messages=self.messages, rate_minor_total=self.rate_minor)


def _summed(counts: Iterable[tuple[K, int]]) -> dict[K, int]:
    total: Counter[K] = Counter()
    for key, count in counts:
        total[key] += count
    return dict(total.most_common())
