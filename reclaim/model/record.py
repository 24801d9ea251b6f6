"""A record as MongoDB holds it, and how a recovery changes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from reclaim.model.outcome import Cause


class Origin(StrEnum):
    """Where a recovered record's identity came from."""

    REGENERATED = "regenerated"
    """Derived by this program, because the event had none."""
    CARRIED = "carried"
    """Taken from the event."""

    @property
    def cause(self) -> Cause:
        """The cause of the message that brought the record."""
        return Cause.CARRIED_ID if self is Origin.CARRIED else Cause.MISSING_ID


@dataclass(frozen=True, slots=True)
class Recovery:
    """How, when and from what a record got its identity.

    Attributes:
        run_id: the run that wrote it.
        message_id: the message that brought it.
        occurred_at: when that message's event happened, UTC.
        recovered_at: when it was written, UTC.
        origin: whether the identity was regenerated or carried.
        before: the document as it was, None where there was none. Kept with the write, in one atomic
            step, so that an undo is possible even if the run dies right after it.
    """

    run_id: str
    message_id: str
    occurred_at: datetime
    recovered_at: datetime
    origin: Origin
    before: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """A record as MongoDB holds it.

    Attributes:
        fields: the document's fields that the contract names; values of any type where another program wrote them.
        identity: None where it has none (absent, null or empty).
        created_at: when the event happened that created it, UTC.
        source_event_id: that event's ID.
        recovery: None where no run of this program wrote the identity.
        document: the whole document as it was read; empty for one that is still to be written.
    """

    record_key: str
    fields: Mapping[str, Any]
    identity: str | None
    created_at: datetime | None = None
    source_event_id: str | None = None
    recovery: Recovery | None = None
    document: dict[str, Any] = field(default_factory=dict, compare=False)


class WriteKind(StrEnum):
    """How a record is to be written; each is a no-op where its condition does not hold."""

    CREATE = "create"
    """Insert the record; only where there is none."""
    ATTACH = "attach"
    """Give an existing record its identity; only where it has none."""


@dataclass(frozen=True, slots=True)
class RecordWrite:
    """One intended write: the record as it shall be, and on what condition."""

    kind: WriteKind
    record: Record

    @property
    def recovery(self) -> Recovery:
        """The recovery that the record shall carry.

        Raises:
            ValueError: a write without one; nothing in this program builds it.
        """
        if self.record.recovery is None:
            raise ValueError(f"a write to record {self.record.record_key} must say which recovery it belongs to")
        return self.record.recovery
