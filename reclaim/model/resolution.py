"""What became of a settled message afterwards: released, written off, or taken back. Its outcome stays what it was.

A run's books count outcomes, and they were right when they were made. So a later decision about a message is written
beside its outcome, never over it: the run that quarantined ten messages has ten for ever, and the desk knows which of
them are still open.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ResolutionKind(StrEnum):
    """How a settled message was dealt with afterwards; each message at most once."""

    RELEASED = "released"
    """A quarantined message went through the pipeline again, edited, as a new entry of the ledger."""
    DISCARDED = "discarded"
    """A quarantined message was written off, with a reason."""
    UNDONE = "undone"
    """What the message did was taken back, and the message returned to the dead-letter queue."""


@dataclass(frozen=True, slots=True)
class Resolution:
    """One later decision about one message.

    Attributes:
        run_id: the run that took it.
        at: when, UTC.
        reason: why, in the operator's words.
        became: the message that took this one's place (its ID in the ledger or in SQS); empty where none did.
    """

    message_id: str
    kind: ResolutionKind
    run_id: str
    at: datetime
    operator: str
    reason: str = ""
    became: str = ""
