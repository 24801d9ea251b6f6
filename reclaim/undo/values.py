"""What an undo speaks of: what it does, what stands in its way, and what it is done to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

Document = dict[str, Any]


class Effect(StrEnum):
    """What taking a message back comes to."""

    REMOVED = "removed"
    """The client that it brought is gone again."""
    RESTORED = "restored"
    """The client that it gave an ID is what it was before."""
    RETURNED = "returned"
    """It had changed no client; the message itself is all there is to put back."""


class Obstacle(StrEnum):
    """Why something cannot be taken back. The codes are stable."""

    CLIENT_CHANGED = "client_changed"
    CLIENT_REMOVED = "client_removed"
    CLIENT_TAKEN_OVER = "client_taken_over"
    ATTRIBUTED = "attributed"
    CHARGED = "charged"
    RELEASED = "released"
    DISCARDED = "discarded"
    BODY_DAMAGED = "body_damaged"
    REFUSED_BY_QUEUE = "refused_by_queue"
    RESOLVED_MEANWHILE = "resolved_meanwhile"
    ATTRIBUTION_CHANGED = "attribution_changed"


@dataclass(frozen=True, slots=True)
class BuiltOn:
    """What rests on a client's tracking ID by now.

    Attributes:
        applications: how many of its applications carry the ID.
        attributed_by: the runs that gave it to them.
        charges: how many charges it has had since its recovery.
    """

    applications: int = 0
    attributed_by: tuple[str, ...] = ()
    charges: int = 0


@dataclass(frozen=True, slots=True)
class Reversal:
    """One client to be taken back, on the condition that its document is still exactly `now`.

    Attributes:
        before: what it shall be; None for gone.
    """

    record_key: str
    now: Document
    before: Document | None


@dataclass(frozen=True, slots=True)
class Undo:
    """A message that can be taken back.

    Attributes:
        reversal: what is to be done to its client; None where that is nothing, or done already.
        returns: whether the message has left its queue, and is to be sent there again.
    """

    message_id: str
    record_key: str | None
    effect: Effect
    returns: bool
    reversal: Reversal | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """Something that stays as it is.

    Attributes:
        subject: the message, or the application.
        detail: a sentence for people, without any of the values themselves.
    """

    subject: str
    record_key: str | None
    obstacle: Obstacle
    detail: str


@dataclass(frozen=True, slots=True)
class Attributed:
    """An application that a backfill gave a tracking ID, as it is now.

    Attributes:
        identity: what it carries; None for nothing.
        owned_id: its client's tracking ID, which is what the backfill gave; None where the client is gone or has none.
        charges: how many charges it has had since.
    """

    application_id: str
    record_key: str | None
    identity: str | None
    owned_id: str | None
    charges: int = 0
