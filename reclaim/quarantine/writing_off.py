"""Writing quarantined messages off: with a reason, and with what that costs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from reclaim.exposure.money_at_risk import Money
from reclaim.model.batched import batched
from reclaim.model.clock import Clock
from reclaim.model.errors import UsageError
from reclaim.model.ledger import LedgerEntry, Resolution, ResolutionKind
from reclaim.model.outcome import Outcome
from reclaim.model.run import RunRecord, RunState
from reclaim.ports import Applications, Ledger, RecordStore, Resolutions, RunRegistry
from reclaim.quarantine.releasing import released_id
from reclaim.quarantine.selection import Wanted, select
from reclaim.runs.liveness import begun

_CHUNK: Final = 500


@dataclass(frozen=True, slots=True)
class WriteOff:
    """What would be written off.

    Attributes:
        entries: the messages.
        dealt_with: of the messages asked for by ID, those that somebody has dealt with before.
        begun: messages whose release was begun and never finished; they cannot be written off before that is done.
        lost: the clients that no other message names, and that have no tracking ID.
        money: by currency, their uncharged applications, which can then be attributed to nobody.
        more: whether there are more than can be dealt with at once.
    """

    entries: tuple[LedgerEntry, ...]
    dealt_with: tuple[LedgerEntry, ...]
    begun: tuple[LedgerEntry, ...]
    lost: frozenset[str]
    money: dict[str, Money]
    more: bool

    @property
    def queue(self) -> str:
        """Where the messages came from; empty where there are none."""
        return self.entries[0].queue if self.entries else ""


class WritingOff:
    """Plans and makes write-offs.

    Args:
        reason: why; without one nothing is written off.
    """

    def __init__(  # noqa: PLR0913  (the ports it works on, and who does it)
        self,
        *,
        ledger: Ledger,
        resolutions: Resolutions,
        records: RecordStore,
        applications: Applications,
        runs: RunRegistry,
        clock: Clock,
        operator: str,
        reason: str,
    ) -> None:
        if not reason.strip():
            raise UsageError("A write-off needs a reason.", "Give --reason; nothing was changed.")
        self._ledger = ledger
        self._resolutions = resolutions
        self._clients = records
        self._applications = applications
        self._runs = runs
        self._clock = clock
        self._operator = operator
        self._reason = reason

    def plan(self, wanted: Wanted) -> WriteOff:
        """What would be written off; writes nothing.

        Raises:
            UsageError: unknown messages, or messages that are not in quarantine.
        """
        selection = select(wanted, self._ledger, self._resolutions)
        begun = self._ledger.find([released_id(entry.message_id) for entry in selection.open])
        free = tuple(entry for entry in selection.open if released_id(entry.message_id) not in begun)
        taken = tuple(entry for entry in selection.open if released_id(entry.message_id) in begun)
        lost = self._lost_records(free)
        return WriteOff(free, selection.dealt_with, taken, lost, self._money(lost), selection.more)

    def make(self, plan: WriteOff) -> RunRecord:
        """Resolve every message as discarded, and enter the run that did it into the registry.

        A message that somebody else deals with meanwhile is not written off, and not counted.

        Raises:
            StoreUnavailable: MongoDB cannot be reached. What is written off by then is; the rest is still open.
        """
        run = self._begin(plan)
        self._runs.begin(run)
        done: set[str] = set()
        for part in batched(plan.entries, _CHUNK):
            done |= self._resolutions.resolve([self._resolution(entry, run) for entry in part])
        entries = [entry for entry in plan.entries if entry.message_id in done]
        kept = {entry.record_key for entry in plan.entries if entry.message_id not in done}
        money = self._money(plan.lost - kept) if kept else plan.money
        run = run.ended(
            RunState.COMPLETED,
            self._clock.now(),
            counts={"discarded": len(entries)},
            causes=dict(Counter(entry.cause.value for entry in entries if entry.cause)),
            money={currency: one.model_dump() for currency, one in money.items()},
        )
        self._runs.save(run)
        return run

    def _begin(self, plan: WriteOff) -> RunRecord:
        return begun(
            "discard",
            self._clock.now(),
            queue=plan.queue,
            operator=self._operator,
            reason=self._reason,
            parameters={"messages": [entry.message_id for entry in plan.entries]},
        )

    def _resolution(self, entry: LedgerEntry, run: RunRecord) -> Resolution:
        return Resolution(
            entry.message_id, ResolutionKind.DISCARDED, run.run_id, self._clock.now(), self._operator, self._reason
        )

    def _money(self, records: Collection[str]) -> dict[str, Money]:
        sums: dict[str, Money] = {}
        seen: set[tuple[str, str]] = set()
        for row in self._applications.uncharged(records):
            held = sums.get(row.currency, Money())
            sums[row.currency] = Money(
                records=held.records + ((row.record_key, row.currency) not in seen),
                applications=held.applications + row.applications,
                amount_minor=held.amount_minor + row.amount_minor,
            )
            seen.add((row.record_key, row.currency))
        return dict(sorted(sums.items()))

    def _lost_records(self, entries: Sequence[LedgerEntry]) -> frozenset[str]:
        named = Counter(entry.record_key for entry in entries if entry.record_key)
        mentions = Counter(
            mention.record_key
            for mention in (self._ledger.mentions(entries[0].queue) if named else ())
            if mention.record_key and mention.outcome is not Outcome.DUPLICATE
        )
        alone = {record_key for record_key, count in named.items() if mentions[record_key] <= count}
        return frozenset(alone - self._clients.attributable(alone))
