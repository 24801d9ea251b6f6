"""What an undo needs from the outside, beside what a recovery needs."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Protocol

from reclaim.model.message import Outgoing
from reclaim.model.record import Record
from reclaim.undo.model import AttributedApplication, BuiltOn, Reversal


class Sender(Protocol):
    """The way into a queue."""

    def send(self, messages: Sequence[Outgoing]) -> list[str | None]:
        """One call (see `reclaim.model.message.in_calls`): the new message IDs in order, None where one was refused.

        When the call fails as a whole, none was sent as far as anybody knows.
        """
        ...


class Reversals(Protocol):
    """Records, and the way back to what they were."""

    def written_by(self, run_id: str) -> Iterator[Record]:
        """The records that say that this run wrote them."""
        ...

    def built_on(self, records: Sequence[Record]) -> dict[str, BuiltOn]:
        """What depends on these records' identities since their recovery, by record key."""
        ...

    def take_back(self, reversals: Sequence[Reversal]) -> None:
        """Remove or replace each, in one step with its condition. A lost race raises nothing: reading back shows it."""
        ...


class Attributions(Protocol):
    """Applications that a backfill gave an identity."""

    def given_by(self, run_id: str) -> Iterator[AttributedApplication]:
        """Those that say that this run gave it, in the order of their IDs."""
        ...

    def find(self, run_id: str, application_ids: Collection[str]) -> list[AttributedApplication]:
        """Those of these applications that say so."""
        ...

    def take_back(self, run_id: str, applications: Sequence[AttributedApplication]) -> None:
        """Set each to what it had before this run, on the condition that it still carries what it is said to."""
        ...
