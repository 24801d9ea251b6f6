"""What the core needs from the outside, as protocols.

Each has a real adapter and one in memory in `reclaim.adapters`; both pass the same tests in `tests/contract`.
All may be called from several threads. Whatever is unavailable raises a `reclaim.model.errors.TransientError`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from reclaim.model.chain import Link
from reclaim.model.ledger import Delivery, LedgerEntry, Mention, Recorded, Settlement
from reclaim.model.message import DeadLetter, QueueDepth, Receipt
from reclaim.model.outcome import Cause, Outcome
from reclaim.model.queue_check import Memory
from reclaim.model.record import Client, ClientWrite, Superseded
from reclaim.model.resolution import Resolution
from reclaim.model.run import RunRecord
from reclaim.model.uncharged import Uncharged
from reclaim.monitoring.metrics import Metric


class Queue(Protocol):
    """A queue to drain."""

    @property
    def name(self) -> str:
        """The queue's name."""
        ...

    def receive(self, limit: int, wait_seconds: int, visibility_seconds: int) -> list[DeadLetter]:
        """One call: up to `limit` (1 to 10) messages, hidden from others for `visibility_seconds`."""
        ...

    def delete(self, receipts: Sequence[Receipt]) -> list[str]:
        """Delete these deliveries; refused ones are tried again. The message IDs that could not be deleted."""
        ...

    def hide(self, receipts: Mapping[Receipt, int]) -> list[str]:
        """Hide each delivery for so many seconds from now, 0 to show it again. The message IDs that failed."""
        ...

    def depth(self) -> QueueDepth:
        """What the queue says it holds."""
        ...

    def retention(self) -> timedelta:
        """How long after its first send a message is dropped."""
        ...


class ClientStore(Protocol):
    """The collection `clients`."""

    def find(self, client_ids: Collection[str]) -> dict[str, Client]:
        """The clients among `client_ids` that exist, by ID, as a majority of MongoDB holds them."""
        ...

    def attributable(self, client_ids: Collection[str]) -> frozenset[str]:
        """Those of these clients that have a tracking ID."""
        ...

    def owners(self, tracking_ids: Collection[str]) -> dict[str, str]:
        """Who holds each of these tracking IDs: client ID by tracking ID."""
        ...

    def write(self, writes: Sequence[ClientWrite]) -> None:
        """Try each write on its own condition. A lost race is no error: reading back shows who won."""
        ...

    def recovered_by(self, run_id: str) -> Iterator[Client]:
        """The clients behind the messages that this run settled as recovered."""
        ...


class Ledger(Protocol):
    """The collection `dead_letters`."""

    def record(self, letters: Sequence[DeadLetter], delivery: Delivery, at: datetime) -> Recorded:
        """Write the messages down before anything else happens to them; tell which were settled long ago."""
        ...

    def stood_for(self, message_ids: Collection[str]) -> dict[str, str]:
        """Those of these messages that an undo sent, each with the message that it was first."""
        ...

    def supersede(self, winner: str, superseded: Sequence[Superseded]) -> None:
        """Note that `winner` is whom these messages are judged by now; an entry that is settled changes with it."""
        ...

    def settle(self, settlements: Sequence[Settlement], delivery: Delivery, at: datetime) -> dict[str, LedgerEntry]:
        """Write final outcomes, each once and for all; the entries as a majority then holds them, by message."""
        ...

    def defer(self, settlements: Sequence[Settlement], delivery: Delivery, at: datetime) -> None:
        """Note that these messages stay in the queue; an entry that is settled is left alone."""
        ...

    def mark_deleted(self, message_ids: Collection[str], at: datetime) -> None:
        """Note that SQS confirmed the deletion."""
        ...

    def find(self, message_ids: Collection[str]) -> dict[str, LedgerEntry]:
        """The entries of these messages that exist."""
        ...

    def of_client(self, client_id: str) -> list[LedgerEntry]:
        """The entries that name this client, in the order they were received."""
        ...

    def of_run(self, run_id: str) -> Iterator[LedgerEntry]:
        """The entries that this run settled or deferred, in the order of their message IDs."""
        ...

    def mentions(self, queue: str, run_id: str | None = None) -> Iterator[Mention]:
        """The entries of this queue, or of one run, with an outcome, that nobody has resolved since."""
        ...

    def count(self, run_id: str) -> dict[tuple[Outcome, Cause], int]:
        """How many entries this run left with each outcome and cause."""
        ...


class Applications(Protocol):
    """The collections `applications` and `charges`, as far as a recovery reads them."""

    def uncharged(self, client_ids: Collection[str]) -> Iterator[Uncharged]:
        """What these clients' applications without any charge come to: by client, in order, then currency and day.

        A document whose price, currency or time is of no kind that the contract knows is no money and left out.
        """
        ...


class Resolutions(Protocol):
    """What is decided about messages after their run, in `dead_letters` beside their outcome."""

    def resolve(self, resolutions: Sequence[Resolution]) -> frozenset[str]:
        """Enter each where the message is settled and has none yet; the messages that now have the one asked for.

        The same resolution of the same run again is no error: its message is among those returned.
        """
        ...

    def open_quarantine(self, *, queue: str | None = None, cause: Cause | None = None) -> Iterator[LedgerEntry]:
        """Quarantined messages that nobody has dealt with, whole, in the order of their message IDs."""
        ...


class EvidenceChain(Protocol):
    """The order in which runs gave their account, per place where reports are kept. Nothing in it ever changes."""

    def head(self, location: str) -> Link | None:
        """The newest link; None before the first."""
        ...

    def of_run(self, location: str, run_id: str) -> Link | None:
        """The place that this run has taken."""
        ...

    def append(self, link: Link) -> bool:
        """Take this place, unless another run was quicker; whether it was taken."""
        ...


class RunRegistry(Protocol):
    """The collection `recovery_runs`."""

    def begin(self, run: RunRecord) -> None:
        """Enter a new run."""
        ...

    def save(self, run: RunRecord) -> None:
        """Write the run as it now stands."""
        ...

    def beat(self, run_id: str, at: datetime) -> None:
        """Say that the run's owner lives."""
        ...

    def get(self, run_id: str) -> RunRecord | None:
        """The run of that ID, if there is one."""
        ...

    def running(self) -> list[RunRecord]:
        """All runs that say they are running."""
        ...

    def unclosed(self, run_ids: Collection[str]) -> frozenset[str]:
        """Those of these runs that have not given their account yet."""
        ...

    def interrupted(self, queue: str) -> list[RunRecord]:
        """The interrupted runs on this queue that no later run has closed."""
        ...

    def latest(self, limit: int) -> list[RunRecord]:
        """The newest runs, newest first."""
        ...


class Metrics(Protocol):
    """Where metrics go, and where alarms on them are."""

    def publish(self, metrics: Sequence[Metric], at: datetime) -> None:
        """Put these data out, taken `at`."""
        ...

    def states(self, alarms: Sequence[str]) -> dict[str, str]:
        """The states (OK, ALARM or INSUFFICIENT_DATA) of those of these alarms that exist, by name."""
        ...


class Recollection(Protocol):
    """The collection `watches`: what a look leaves for the next."""

    def recall(self, queue: str) -> Memory | None:
        """What the last look at this queue left; None if there was none."""
        ...

    def keep(self, memory: Memory) -> None:
        """Put this in the place of what the last look left."""
        ...
