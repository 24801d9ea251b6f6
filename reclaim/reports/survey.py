"""One pass over the ledger entries of a run: what a report needs to know of its messages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from reclaim.model.ledger import LedgerEntry
from reclaim.model.outcome import Cause, Outcome
from reclaim.model.validation import ValidationResult
from reclaim.reports.latency import Latencies
from reclaim.reports.model import (
    MAX_EXAMPLES,
    BrokenExpectation,
    CauseGroup,
    CurrencyMoney,
    Example,
    MessageLatency,
    Worth,
)

_COUNTED_BY_CLIENT = (Outcome.QUARANTINED, Outcome.DEFERRED)
"""Outcomes of which one client may have many. A recovered client has one message by the contract; keeping no
set of those keeps the memory small however long the queue was."""


@dataclass(frozen=True, slots=True)
class Survey:
    """What the messages of a run add up to.

    Attributes:
        outcomes, causes, envelopes: messages by each; entries without an outcome are in none of the first two.
        money: by currency, see `reclaim.reports.model.CurrencyMoney`.
        quarantined, deferred: by cause, the most frequent first.
        latency: of single messages, by interval.
    """

    outcomes: dict[Outcome, int]
    causes: dict[Cause, int]
    envelopes: dict[str, int]
    money: dict[str, CurrencyMoney]
    quarantined: tuple[CauseGroup, ...]
    deferred: tuple[CauseGroup, ...]
    latency: dict[str, MessageLatency]


def survey(entries: Iterable[LedgerEntry]) -> Survey:
    """Add up `entries` in one pass; what is kept is a few numbers a message, and the clients in quarantine."""
    tally = _Tally()
    for entry in entries:
        tally.add(entry)
    return Survey(
        outcomes=dict(tally.outcomes),
        causes=dict(tally.causes.most_common()),
        envelopes=dict(tally.envelopes.most_common()),
        money=tally.money(),
        quarantined=tally.groups(Outcome.QUARANTINED),
        deferred=tally.groups(Outcome.DEFERRED),
        latency=tally.latencies.result(),
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


@dataclass(slots=True)
class _Sum:
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

    def worth(self) -> Worth:
        return Worth(records=self.records, messages=self.messages, rate_minor_total=self.rate_minor)


@dataclass(slots=True)
class _Tally:
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    causes: Counter[Cause] = field(default_factory=Counter)
    envelopes: Counter[str] = field(default_factory=Counter)
    sums: dict[tuple[str, Outcome], _Sum] = field(default_factory=dict)
    grouped: dict[Outcome, Counter[Cause]] = field(default_factory=dict)
    examples: dict[tuple[Outcome, Cause], list[Example]] = field(default_factory=dict)
    latencies: Latencies = field(default_factory=Latencies)

    def add(self, entry: LedgerEntry) -> None:
        if entry.envelope is not None:
            self.envelopes[entry.envelope] += 1
        if entry.outcome is None or entry.cause is None:
            return
        self.outcomes[entry.outcome] += 1
        self.causes[entry.cause] += 1
        self.latencies.add(entry.steps)
        self._add_money(entry, entry.outcome)
        if entry.outcome in _COUNTED_BY_CLIENT:
            self._add_example(entry, entry.outcome, entry.cause)

    def _add_money(self, entry: LedgerEntry, outcome: Outcome) -> None:
        if entry.currency is None or entry.rate_minor is None or outcome is Outcome.DUPLICATE:
            return
        total = self.sums.setdefault((entry.currency, outcome), _Sum())
        total.add(entry.record_key or entry.message_id, entry.rate_minor, once=outcome in _COUNTED_BY_CLIENT)

    def _add_example(self, entry: LedgerEntry, outcome: Outcome, cause: Cause) -> None:
        self.grouped.setdefault(outcome, Counter())[cause] += 1
        named = self.examples.setdefault((outcome, cause), [])
        if len(named) < MAX_EXAMPLES:
            named.append(Example(message_id=entry.message_id, detail=entry.detail, record_key=entry.record_key))

    def money(self) -> dict[str, CurrencyMoney]:
        by_currency: dict[str, dict[str, Worth]] = {}
        for (currency, outcome), total in sorted(self.sums.items()):
            by_currency.setdefault(currency, {})[outcome.value] = total.worth()
        return {currency: CurrencyMoney.model_validate(lines) for currency, lines in by_currency.items()}

    def groups(self, outcome: Outcome) -> tuple[CauseGroup, ...]:
        return tuple(
            CauseGroup(cause=cause, count=count, examples=tuple(self.examples[outcome, cause]))
            for cause, count in self.grouped.get(outcome, Counter()).most_common()
        )
