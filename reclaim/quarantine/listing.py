"""What is in quarantine and still open, by cause."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
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


def list_open(
    entries: Iterable[LedgerEntry], records: RecordStore, applications: Applications, *, whole: bool = False
) -> QuarantineListing:
    """Group `entries`, with a few examples of each cause, or all if `whole`.

    Raises:
        StoreUnavailable: MongoDB cannot be reached.
    """
    counts: Counter[Cause] = Counter()
    oldest: dict[Cause, datetime] = {}
    shown: dict[Cause, list[OpenMessage]] = defaultdict(list)
    claims = Claims()
    for entry in entries:
        message = OpenMessage.of(entry)
        cause, sent_at = message.cause, message.sent_at
        counts[cause] += 1
        if sent_at:
            oldest[cause] = min(sent_at, oldest.get(cause, sent_at))
        if whole or len(shown[cause]) < _EXAMPLES:
            shown[cause].append(message)
        if entry.record_key:
            claims.add(entry.record_key, Claim(MoneyStatus.QUARANTINED, cause))
    exposure = assess(claims, records, applications).exposure
    groups = tuple(
        OpenCause(
            cause=cause,
            count=count,
            money=_money_held(exposure, cause),
            oldest_sent_at=oldest.get(cause),
            messages=tuple(shown[cause]),
        )
        for cause, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    )
    return QuarantineListing(total=counts.total(), groups=groups)


def _money_held(exposure: Exposure, cause: Cause) -> dict[str, UnchargedMoney]:
    """What messages of that cause hold up, by currency."""
    money = {currency: of.quarantined.causes.get(cause) for currency, of in exposure.items()}
    return {currency: found for currency, found in money.items() if found}
