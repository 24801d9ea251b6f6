"""What the ledger is told of a message that stays in the queue."""

from __future__ import annotations

from reclaim.contracts.client_created import Rejection, read_event
from reclaim.model.ledger import Settlement
from reclaim.model.message import DeadLetter
from reclaim.model.outcome import Cause, Outcome


def deferral_of(letter: DeadLetter, cause: Cause, detail: str) -> Settlement:
    """The message as deferred, with what its body says of its client: somebody's money waits with it."""
    reading = read_event(letter.body)
    if isinstance(reading, Rejection):
        return Settlement(
            letter.message_id,
            Outcome.DEFERRED,
            cause,
            detail,
            client_id=reading.client_id,
            envelope=reading.envelope,
        )
    return Settlement(
        letter.message_id,
        Outcome.DEFERRED,
        cause,
        detail,
        client_id=reading.client_id,
        event_id=reading.event_id,
        occurred_at=reading.occurred_at,
        envelope=reading.envelope,
        rate_minor=reading.billing.rate_minor,
        currency=reading.billing.currency,
    )
