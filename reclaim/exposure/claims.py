"""Which records a set of messages names, each once, with the status of its money."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final, NamedTuple

from reclaim.exposure.money_at_risk import MoneyStatus
from reclaim.model.ledger import Mention
from reclaim.model.outcome import Cause, Outcome

_STATUS_RANKS: Final = {status: rank for rank, status in enumerate(MoneyStatus)}
_CAUSE_RANKS: Final = {cause: rank for rank, cause in enumerate(Cause)}
_STATUS_OF: Final = {
    Outcome.RECOVERED: MoneyStatus.RECOVERED,
    Outcome.DEFERRED: MoneyStatus.AT_RISK,
    Outcome.QUARANTINED: MoneyStatus.QUARANTINED,
}


class Claim(NamedTuple):
    """What the messages say of one record.

    Attributes:
        cause: of the messages that give it its status, the cause that `Cause` names first, so that the order of
            arrival changes nothing.
        due: when SQS drops the first message in the queue that names it; None where none is there.
    """

    status: MoneyStatus
    cause: Cause
    due: datetime | None = None


class Claims:
    """Records by key, each with its claim."""

    def __init__(self) -> None:
        self._by_key: dict[str, Claim] = {}

    def add_mentions(self, mentions: Iterable[Mention], deadline: Callable[[datetime], datetime]) -> None:
        """Add what the ledger says. The record of a duplicate has its identity from elsewhere and claims nothing.

        `deadline` leads from when a message was first sent to when it is dropped; it is asked of every deferred one.
        """
        for mention in mentions:
            status = _STATUS_OF.get(mention.outcome)
            due = deadline(mention.sent_at) if status is MoneyStatus.AT_RISK else None
            if status and mention.record_key:
                self.add(mention.record_key, Claim(status, mention.cause, due))

    def add(self, record_key: str, claim: Claim) -> None:
        """Add what one message says of its record."""
        held = self._by_key.get(record_key)
        self._by_key[record_key] = _stronger(held, claim) if held else claim

    def __len__(self) -> int:
        """How many records."""
        return len(self._by_key)

    def __getitem__(self, record_key: str) -> Claim:
        """The claim of a record that was added."""
        return self._by_key[record_key]

    def records(self) -> list[str]:
        """Their keys, in order."""
        return sorted(self._by_key)


def _stronger(one: Claim, other: Claim) -> Claim:
    first = min(one, other, key=lambda claim: (_STATUS_RANKS[claim.status], _CAUSE_RANKS[claim.cause]))
    dues = [claim.due for claim in (one, other) if claim.due]
    return first._replace(due=min(dues) if dues and first.status is MoneyStatus.AT_RISK else None)
