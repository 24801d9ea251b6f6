"""Whose money a set of messages holds up: every client once, however many messages name it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple

from reclaim.model.ledger import Mention
from reclaim.model.outcome import Cause, Outcome


class Standing(StrEnum):
    """Where a client's uncharged applications stand. One that fits several is in the first of them."""

    RECOVERED = "recovered"
    """A run gave the client its tracking ID: recovered, and still unbilled."""
    AT_RISK = "at_risk"
    """Its message is in the queue still, and is lost when SQS drops it."""
    QUARANTINED = "quarantined"
    """Only quarantined messages name it: a person must act before anybody can be billed."""


_STANDINGS: Final = {standing: place for place, standing in enumerate(Standing)}
_CAUSES: Final = {cause: place for place, cause in enumerate(Cause)}
_STANDING_OF: Final = {
    Outcome.RECOVERED: Standing.RECOVERED,
    Outcome.DEFERRED: Standing.AT_RISK,
    Outcome.QUARANTINED: Standing.QUARANTINED,
}


class Claim(NamedTuple):
    """What the messages say of one client.

    Attributes:
        cause: of the messages that give it its standing, the cause that `Cause` names first, so that the order of
            arrival changes nothing.
        due: when SQS drops the first message in the queue that names it; None where none is there. The first counts,
            because an earlier event of a client decides over a later one.
    """

    standing: Standing
    cause: Cause
    due: datetime | None = None


class Claims:
    """Clients by ID, each with its claim."""

    def __init__(self) -> None:
        self._by_client: dict[str, Claim] = {}

    def add_mentions(self, mentions: Iterable[Mention], deadline: Callable[[datetime], datetime]) -> None:
        """Enter what the ledger says. A duplicate's client has its ID from elsewhere and claims nothing.

        `deadline` leads from when a message was first sent to when it is dropped; it is asked of every deferred one.
        """
        for mention in mentions:
            standing = _STANDING_OF.get(mention.outcome)
            due = deadline(mention.sent_at) if standing is Standing.AT_RISK else None
            if standing and mention.record_key:
                self.enter(mention.record_key, Claim(standing, mention.cause, due))

    def enter(self, record_key: str, claim: Claim) -> None:
        """Add what one message says of its client."""
        held = self._by_client.get(record_key)
        self._by_client[record_key] = _stronger(held, claim) if held else claim

    def __len__(self) -> int:
        """How many clients."""
        return len(self._by_client)

    def __getitem__(self, record_key: str) -> Claim:
        """The claim of a client that was entered."""
        return self._by_client[record_key]

    def records(self) -> list[str]:
        """Their IDs, in order."""
        return sorted(self._by_client)


def _stronger(one: Claim, other: Claim) -> Claim:
    first = min(one, other, key=lambda claim: (_STANDINGS[claim.standing], _CAUSES[claim.cause]))
    dues = [claim.due for claim in (one, other) if claim.due]
    return first._replace(due=min(dues) if dues and first.standing is Standing.AT_RISK else None)
