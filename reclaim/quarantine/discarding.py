"""Writing quarantined messages off: with a reason, and with the money that is lost by it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import KW_ONLY, dataclass
from typing import Final

from reclaim.contracts.contract import Contract
from reclaim.exposure.money_at_risk import UnchargedMoney
from reclaim.model.batched import batched
from reclaim.model.clock import Clock
from reclaim.model.errors import UsageError
from reclaim.model.ledger import LedgerEntry, Resolution, ResolutionKind
from reclaim.model.message import released_id
from reclaim.model.outcome import Outcome
from reclaim.model.run import RunRecord, RunState
from reclaim.ports import Applications, Ledger, RecordStore, Resolutions, RunRegistry
from reclaim.quarantine.selection import MessageFilter, select
from reclaim.runs.liveness import begun

_CHUNK: Final = 500


@dataclass(frozen=True, slots=True)
class DiscardPlan:
    """What would be written off.

    Attributes:
        entries: the messages.
        dealt_with: of the messages asked for by ID, those that have a resolution already.
        begun: messages whose release was begun and never finished; they cannot be written off before that is done.
        lost: the records that no other message names, and that have no identity.
        money: by currency, their uncharged applications, which can then be attributed to no record.
        more: whether there are more than one run takes.
    """

    entries: tuple[LedgerEntry, ...]
    dealt_with: tuple[LedgerEntry, ...]
    begun: tuple[LedgerEntry, ...]
    lost: frozenset[str]
    money: dict[str, UnchargedMoney]
    more: bool

    @property
    def queue(self) -> str:
        """Where the messages came from; empty where there are none."""
        return self.entries[0].queue if self.entries else ""


@dataclass(frozen=True, slots=True)
class Discarding:
    """Plans and makes write-offs.

    Args:
        contract: only its messages can be written off.
        operator: who does it.
        reason: why; without one nothing is written off.

    Raises:
        UsageError: the reason is empty.
    """

    contract: Contract
    _: KW_ONLY
    ledger: Ledger
    resolutions: Resolutions
    records: RecordStore
    applications: Applications
    runs: RunRegistry
    clock: Clock
    operator: str
    reason: str

    def __post_init__(self) -> None:
        if not self.reason.strip():
            raise UsageError("A write-off needs a reason.", "Give --reason; nothing was changed.")

    def plan(self, wanted: MessageFilter) -> DiscardPlan:
        """What would be written off; writes nothing.

        Raises:
            UsageError: unknown messages, or messages that are not in quarantine.
        """
        selection = select(wanted, self.contract, self.ledger, self.resolutions)
        held = self.ledger.find([released_id(entry.message_id) for entry in selection.open])
        free = tuple(entry for entry in selection.open if released_id(entry.message_id) not in held)
        begun_ones = tuple(entry for entry in selection.open if released_id(entry.message_id) in held)
        lost = self._lost_records(free)
        return DiscardPlan(free, selection.dealt_with, begun_ones, lost, self._money(lost), selection.more)

    def make(self, plan: DiscardPlan) -> RunRecord:
        """Resolve every message as discarded, and enter the run that did it into the registry.

        A message that gets another resolution meanwhile is not written off, and not counted.

        Raises:
            StoreUnavailable: MongoDB cannot be reached. What was written off by then stays so; the rest is still open.
        """
        run = begun(
            "discard",
            self.clock.now(),
            queue=plan.queue,
            contract=self.contract.name,
            operator=self.operator,
            reason=self.reason,
            parameters={"messages": [entry.message_id for entry in plan.entries]},
        )
        self.runs.begin(run)
        done: set[str] = set()
        for part in batched(plan.entries, _CHUNK):
            done |= self.resolutions.resolve([self._resolution(entry, run) for entry in part])
        entries = [entry for entry in plan.entries if entry.message_id in done]
        kept = {entry.record_key for entry in plan.entries if entry.message_id not in done}
        money = self._money(plan.lost - kept) if kept else plan.money
        run = run.ended(
            RunState.COMPLETED,
            self.clock.now(),
            counts={"discarded": len(entries)},
            causes=dict(Counter(entry.cause.value for entry in entries if entry.cause)),
            money={currency: one.model_dump() for currency, one in money.items()},
        )
        self.runs.save(run)
        return run

    def _resolution(self, entry: LedgerEntry, run: RunRecord) -> Resolution:
        return Resolution(
            entry.message_id, ResolutionKind.DISCARDED, run.run_id, self.clock.now(), self.operator, self.reason
        )

    def _money(self, record_keys: Collection[str]) -> dict[str, UnchargedMoney]:
        totals: dict[str, UnchargedMoney] = {}
        counted: set[tuple[str, str]] = set()
        for row in self.applications.uncharged(record_keys):
            held = totals.get(row.currency, UnchargedMoney())
            totals[row.currency] = UnchargedMoney(
                records=held.records + ((row.record_key, row.currency) not in counted),
                applications=held.applications + row.applications,
                amount_minor=held.amount_minor + row.amount_minor,
            )
            counted.add((row.record_key, row.currency))
        return dict(sorted(totals.items()))

    def _lost_records(self, entries: Sequence[LedgerEntry]) -> frozenset[str]:
        named = Counter(entry.record_key for entry in entries if entry.record_key)
        mentions = Counter(
            mention.record_key
            for mention in (self.ledger.mentions(entries[0].queue, self.contract.name) if named else ())
            if mention.record_key and mention.outcome is not Outcome.DUPLICATE
        )
        alone = {record_key for record_key, count in named.items() if mentions[record_key] <= count}
        return frozenset(alone - self.records.attributable(alone))
