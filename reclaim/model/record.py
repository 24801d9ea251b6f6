"""A client as MongoDB holds it, and how a recovery changed it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from reclaim.model.outcome import Cause, Outcome


class Origin(StrEnum):
    """Where a recovered client's tracking ID came from."""

    REGENERATED = "regenerated"
    """Derived by this program, because the event had none."""
    CARRIED = "carried"
    """Taken over from the event."""

    @property
    def cause(self) -> Cause:
        """What the message that brought the client is recovered *from*."""
        return Cause.CARRIED_TRACKING_ID if self is Origin.CARRIED else Cause.MISSING_TRACKING_ID


@dataclass(frozen=True, slots=True)
class Billing:
    """What a client pays: `rate_minor` minor units of `currency` for what `model` counts."""

    model: str
    rate_minor: int
    currency: str

    def as_dict(self) -> dict[str, Any]:
        """The document MongoDB holds."""
        return {"model": self.model, "rate_minor": self.rate_minor, "currency": self.currency}


@dataclass(frozen=True, slots=True)
class Superseded:
    """A message whose outcome changed because an earlier event of its client turned up later."""

    message_id: str
    outcome: Outcome
    cause: Cause


@dataclass(frozen=True, slots=True)
class Recovery:
    """How, when and from what a client got its tracking ID.

    Attributes:
        run_id: the run that wrote it.
        message_id: the message that brought it.
        occurred_at: when that message's event happened; orders the events of one client.
        recovered_at: when it was written, UTC.
        origin: whether the ID was regenerated or carried.
        before: the document as it was, None where there was none. Kept with the write, in one atomic
            step, so that an undo stays possible when the run dies right after it.
        superseded: messages whose place this one took.
        stands_for: the message in whose place an undo sent this one; empty for nearly all.
    """

    run_id: str
    message_id: str
    occurred_at: datetime
    recovered_at: datetime
    origin: Origin
    before: dict[str, Any] | None = None
    superseded: tuple[Superseded, ...] = ()
    stands_for: str = ""

    @property
    def rank(self) -> str:
        """What the message goes by among events of the same moment: the ID under which it came first."""
        return self.stands_for or self.message_id


@dataclass(frozen=True, slots=True)
class Client:
    """A client as MongoDB holds it.

    Attributes:
        billing: None where the document holds something that is no billing.
        tracking_id: None where it has none (absent, null or empty).
        recovery: None where no run of this program wrote the tracking ID.
        document: the whole document as it was read; empty for one that is still to be written.
    """

    client_id: str
    name: str
    country: str
    billing: Billing | None
    tracking_id: str | None
    created_at: datetime | None = None
    source_event_id: str | None = None
    recovery: Recovery | None = None
    document: dict[str, Any] = field(default_factory=dict, compare=False)


class WriteKind(StrEnum):
    """How a client is to be written; each is a no-op where its condition no longer holds."""

    CREATE = "create"
    """Insert the client; only where there is none."""
    ATTACH = "attach"
    """Give an existing client its ID; only where it has none."""
    SUPERSEDE = "supersede"
    """Put an earlier event in the place of a later one; only where that later one is still what is there."""


@dataclass(frozen=True, slots=True)
class ClientWrite:
    """One intended write: the client as it shall be, and on what condition."""

    kind: WriteKind
    client: Client

    @property
    def recovery(self) -> Recovery:
        """The recovery that the client shall carry.

        Raises:
            ValueError: a write without one; nothing in this program builds it.
        """
        if self.client.recovery is None:
            raise ValueError(f"a write to client {self.client.client_id} must say which recovery it belongs to")
        return self.client.recovery
