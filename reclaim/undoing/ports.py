"""What taking a run back needs from the outside, beside what a recovery needs anyway."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from reclaim.clients import Client
from reclaim.sending import Outgoing
from reclaim.undoing.plan import BuiltOn, Reversal


class Sender(Protocol):
    """The way into a queue."""

    def send(self, messages: Sequence[Outgoing]) -> list[str | None]:
        """One call (see `reclaim.sending.in_calls`): the new message IDs in order, None where the queue refused one.

        When the call fails as a whole, none was sent as far as anybody knows.
        """
        ...


class Reversals(Protocol):
    """Clients, on their way back to what they were."""

    def written_by(self, run_id: str) -> Iterator[Client]:
        """The clients that say that this run wrote them."""
        ...

    def built_on(self, clients: Sequence[Client]) -> dict[str, BuiltOn]:
        """What rests on these clients' tracking IDs since their recovery, by client."""
        ...

    def take_back(self, reversals: Sequence[Reversal]) -> None:
        """Remove or replace each, in one step with its condition. A lost race is no error: reading back shows it."""
        ...
