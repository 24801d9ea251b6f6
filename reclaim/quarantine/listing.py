"""What is in quarantine and still open, by cause."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from reclaim.exposure.assessment import assess
from reclaim.exposure.claims import Claim, Claims
from reclaim.exposure.money_at_risk import Exposure, MoneyStatus, UnchargedMoney
from reclaim.model.frozen import FrozenModel
from reclaim.model.ledger import LedgerEntry
from reclaim.model.outcome import Cause
from reclaim.ports import Applications, RecordStore
from reclaim.text.printable import PrintableText

_EXAMPLES: Final = 3


class OpenMessage(FrozenModel):
    """One open message; never its body."""

    message_id: PrintableText
    cause: Cause
    detail: PrintableText
    record_key: PrintableText | None
    queue: PrintableText
    sent_at: datetime | None

    @classmethod
    def of(cls, entry: LedgerEntry) -> OpenMessage:
        """The message of a quarantined entry."""
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


class OpenCause(FrozenModel):
    """The open messages of one cause.

    Attributes:
        money: by currency, the uncharged applications of the records that they name. A record that messages of several
            causes name is in one of the groups.
        oldest_sent_at: when the first of them was sent, UTC.
        messages: the first of them, or all where one cause was asked for.
    """

    cause: Cause
    count: int
    money: dict[str, UnchargedMoney]
    oldest_sent_at: datetime | None
    messages: tuple[OpenMessage, ...]


class QuarantineListing(FrozenModel):
    """All that is open; the most frequent cause first."""

    total: int
    groups: tuple[OpenCause, ...]


@dataclass(slots=True)
class _CauseTotals:
    count: int = 0
    oldest: datetime | None = None
    messages: list[OpenMessage] = field(default_factory=list)

    def add(self, message: OpenMessage, limit: int | None) -> None:
        self.count += 1
        if message.sent_at and (self.oldest is None or message.sent_at < self.oldest):
            self.oldest = message.sent_at
        if limit is None or len(self.messages) < limit:
            self.messages.append(message)

    def group(self, cause: Cause, exposure: Exposure) -> OpenCause:
        money = {currency: of.quarantined.causes.get(cause) for currency, of in exposure.items()}
        return OpenCause(
            cause=cause,
            count=self.count,
            money={currency: found for currency, found in money.items() if found},
            oldest_sent_at=self.oldest,
            messages=tuple(self.messages),
        )


def list_open(
    entries: Iterable[LedgerEntry], records: RecordStore, applications: Applications, *, whole: bool = False
) -> QuarantineListing:
    """Group `entries`, with a few examples of each cause, or all if `whole`.

    Raises:
        StoreUnavailable: MongoDB cannot be reached.
    """
    totals: dict[Cause, _CauseTotals] = {}
    claims = Claims()
    for entry in entries:
        message = OpenMessage.of(entry)
        totals.setdefault(message.cause, _CauseTotals()).add(message, None if whole else _EXAMPLES)
        if entry.record_key:
            claims.add(entry.record_key, Claim(MoneyStatus.QUARANTINED, message.cause))
    exposure = assess(claims, records, applications).exposure
    by_count = sorted(totals.items(), key=lambda item: (-item[1].count, item[0]))
    groups = [of_cause.group(cause, exposure) for cause, of_cause in by_count]
    return QuarantineListing(total=sum(group.count for group in groups), groups=tuple(groups))
