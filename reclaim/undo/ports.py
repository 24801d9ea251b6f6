"""What taking a run back needs from the outside, beside what a recovery needs anyway."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Protocol

from reclaim.model.message import Outgoing
from reclaim.model.record import Record
from reclaim.undo.values import Attributed, BuiltOn, Reversal


class Sender(Protocol):
    """The way into a queue."""

    def send(self, messages: Sequence[Outgoing]) -> list[str | None]:
        """One call (see `reclaim.model.message.in_calls`): the new message IDs in order, None where the queue refused one.

        When the call fails as a whole, none was sent as far as anybody knows.
        """
        ...


class Reversals(Protocol):
    """Clients, on their way back to what they were."""

    def written_by(self, run_id: str) -> Iterator[Record]:
        """The clients that say that this run wrote them."""
        ...

    def built_on(self, records: Sequence[Record]) -> dict[str, BuiltOn]:
        """What rests on these clients' tracking IDs since their recovery, by client."""
        ...

    def take_back(self, reversals: Sequence[Reversal]) -> None:
        """Remove or replace each, in one step with its condition. A lost race is no error: reading back shows it."""
        ...


class Attributions(Protocol):
    """Applications that a backfill gave a tracking ID."""

    def given_by(self, run_id: str) -> Iterator[Attributed]:
        """Those that say that this run gave it, in the order of their IDs."""
        ...

    def find(self, run_id: str, application_ids: Collection[str]) -> list[Attributed]:
        """Those of these applications that say so."""
        ...

    def take_back(self, run_id: str, applications: Sequence[Attributed]) -> None:
        """Let each have what it had before this run, on the condition that it still carries what it is said to."""
        ...
