"""What is in quarantine and still open, by cause."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from reclaim.exposure.assessment import assess
from reclaim.exposure.claims import Claim, Claims
from reclaim.exposure.money_at_risk import Exposure, MoneyStatus, UnchargedMoney
from reclaim.model.frozen import FrozenModel
from reclaim.model.ledger import LedgerEntry
from reclaim.model.outcome import Cause
from reclaim.ports import Applications, RecordStore
from reclaim.text.printable import PrintableText

_EXAMPLES = 3


class Row(FrozenModel):
    """One open message; never its body."""

    message_id: PrintableText
    cause: Cause
    detail: PrintableText
    record_key: PrintableText | None
    queue: PrintableText
    sent_at: datetime | None

    @classmethod
    def of(cls, entry: LedgerEntry) -> Row:
        """The row of a quarantined entry."""
        if entry.cause is None:
            raise ValueError(f"message {entry.message_id} is not in quarantine")
        return cls(
            message_id=entry.message_id,
            cause=entry.cause,
            detail=entry.detail,
            record_key=entry.record_key,
            queue=entry.queue,
            sent_at=entry.steps.get("sent"),
        )


class Group(FrozenModel):
    """The open messages of one cause.

    Attributes:
        money: by currency, the uncharged applications of the clients they name. A client that messages of several
            causes name is in one of them.
        oldest_sent_at: when the first of them was sent, UTC.
        messages: the first of them, or all where one cause was asked for.
    """

    cause: Cause
    count: int
    money: dict[str, UnchargedMoney]
    oldest_sent_at: datetime | None
    messages: tuple[Row, ...]


class Listing(FrozenModel):
    """All that is open; the most frequent cause first."""

    total: int
    groups: tuple[Group, ...]


@dataclass(slots=True)
class _Tally:
    count: int = 0
    oldest: datetime | None = None
    rows: list[Row] = field(default_factory=list)

    def add(self, row: Row, limit: int | None) -> None:
        self.count += 1
        if row.sent_at and (self.oldest is None or row.sent_at < self.oldest):
            self.oldest = row.sent_at
        if limit is None or len(self.rows) < limit:
            self.rows.append(row)


def list_open(
    entries: Iterable[LedgerEntry], records: RecordStore, applications: Applications, *, whole: bool = False
) -> Listing:
    """Group `entries`, with a few examples of each cause, or all if `whole`."""
    tallies: dict[Cause, _Tally] = {}
    claims = Claims()
    for entry in entries:
        row = Row.of(entry)
        tallies.setdefault(row.cause, _Tally()).add(row, None if whole else _EXAMPLES)
        if entry.record_key:
            claims.add(entry.record_key, Claim(MoneyStatus.QUARANTINED, row.cause))
    exposure = assess(claims, records, applications).exposure
    groups = [
        Group(
            cause=cause,
            count=tally.count,
            money=_money(exposure, cause),
            oldest_sent_at=tally.oldest,
            messages=tuple(tally.rows),
        )
        for cause, tally in sorted(tallies.items(), key=lambda item: (-item[1].count, item[0]))
    ]
    return Listing(total=sum(group.count for group in groups), groups=tuple(groups))


def _money(exposure: Exposure, cause: Cause) -> dict[str, UnchargedMoney]:
    of_cause = {currency: stake.quarantined.causes.get(cause) for currency, stake in exposure.items()}
    return {currency: money for currency, money in of_cause.items() if money}
