"""What the core needs from the outside, as protocols.

Each has a real adapter and one in memory in `reclaim.adapters`; both pass the same tests in `tests/contract`.
All may be called from several threads. Whatever is unavailable raises a `reclaim.model.errors.TransientError`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from reclaim.contracts.contract import Contract
from reclaim.model.chain import Link
from reclaim.model.ledger import Delivery, LedgerEntry, Mention, Recorded, Resolution, Settlement
from reclaim.model.message import Message, QueueDepth, Receipt
from reclaim.model.metric import Metric
from reclaim.model.outcome import Cause, Counts, Outcome
from reclaim.model.queue_check import WatchState
from reclaim.model.record import Record, RecordWrite
from reclaim.model.run import RunRecord
from reclaim.model.uncharged import Uncharged
from reclaim.model.validation import ValidationResult


class Queue(Protocol):
    """A queue to drain."""

    @property
    def name(self) -> str:
        """The queue's name."""
        ...

    def receive(self, limit: int, wait_seconds: int, visibility_seconds: int) -> list[Message]:
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

    def contract(self) -> str:
        """The name of the contract that the queue is tagged for; empty where it has no such tag."""
        ...


class RecordStore(Protocol):
    """The collection `records`."""

    def find(self, record_keys: Collection[str]) -> dict[str, Record]:
        """The records among `record_keys` that exist, by key, as a majority of MongoDB holds them."""
        ...

    def attributable(self, record_keys: Collection[str]) -> frozenset[str]:
        """Those of these records that have an identity."""
        ...

    def owners(self, identities: Collection[str]) -> dict[str, str]:
        """The records that have these identities: record key by identity."""
        ...

    def write(self, writes: Sequence[RecordWrite]) -> None:
        """Try each write on its own condition. A lost race is no error: reading back shows which write won."""
        ...

    def recovered_by(self, run_id: str) -> Iterator[Record]:
        """The records behind the messages that this run settled as recovered."""
        ...


class Ledger(Protocol):
    """The collection `dead_letters`."""

    def record(self, messages: Sequence[Message], delivery: Delivery, at: datetime) -> Recorded:
        """Record the messages before anything else happens to them; say which are settled already."""
        ...

    def settle(self, settlements: Sequence[Settlement], delivery: Delivery, at: datetime) -> dict[str, LedgerEntry]:
        """Write final outcomes where there are none; the entries as a majority then holds them, by message."""
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

    def of_record(self, record_key: str, contract: str) -> list[LedgerEntry]:
        """The entries of a contract that name this record, in the order they were received."""
        ...

    def of_run(self, run_id: str) -> Iterator[LedgerEntry]:
        """The entries that this run settled or deferred, in the order of their message IDs."""
        ...

    def mentions(self, queue: str, contract: str, run_id: str | None = None) -> Iterator[Mention]:
        """The entries of this queue and contract, or of one of its runs, that have an outcome and no resolution."""
        ...

    def count(self, run_id: str) -> dict[tuple[Outcome, Cause], int]:
        """How many entries this run left with each outcome and cause."""
        ...


class Applications(Protocol):
    """The collections `applications` and `charges`, as far as a recovery reads them."""

    def uncharged(self, record_keys: Collection[str]) -> Iterator[Uncharged]:
        """What these records' applications without any charge come to: by record, in order, then currency and day.

        A document whose price, currency or time cannot be read as the contract says is left out.
        """
        ...


class Resolutions(Protocol):
    """What is decided about messages after their run, in `dead_letters` beside their outcome."""

    def resolve(self, resolutions: Sequence[Resolution]) -> frozenset[str]:
        """Enter each where the message is settled and has none yet; the messages that now have the one asked for.

        The same resolution of the same run again is no error: its message is among those returned.
        """
        ...

    def open_quarantine(
        self, contract: str, *, queue: str | None = None, cause: Cause | None = None
    ) -> Iterator[LedgerEntry]:
        """A contract's quarantined messages that have no resolution, whole, in the order of their message IDs."""
        ...


class EvidenceChain(Protocol):
    """The order in which runs were sealed, for each location of reports. Links are appended and never change."""

    def head(self, location: str) -> Link | None:
        """The newest link; None before the first."""
        ...

    def of_run(self, location: str, run_id: str) -> Link | None:
        """The link of this run, if it has one."""
        ...

    def append(self, link: Link) -> bool:
        """Add the link, unless another run has its place; whether it was added."""
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
        """Note that the run's owner is alive."""
        ...

    def get(self, run_id: str) -> RunRecord | None:
        """The run of that ID, if there is one."""
        ...

    def running(self) -> list[RunRecord]:
        """All runs that say they are running."""
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


class WatchStateStore(Protocol):
    """The collection `watches`: the state that a check of a queue leaves for the next."""

    def load(self, queue: str) -> WatchState | None:
        """The state that the last check of this queue left; None if there was none."""
        ...

    def save(self, state: WatchState) -> None:
        """Replace the state of the last check."""
        ...


class RunFrames(Protocol):
    """What a validator keeps of the records and ledger entries of one run."""

    def validate(self, counts: Counts, docs_folder: Path | None, run_id: str) -> ValidationResult:
        """Check them against what must be true of them, and against what the run counted.

        Args:
            counts: what the run counted while it ran.
            docs_folder: where pages about it go, inside the run's report; None writes none.
            run_id: the run that the entries must belong to.
        """
        ...


class Validator(Protocol):
    """What checks the data that a run left. What checks those of an audit is `reclaim.reconciliation.ports`'s."""

    def run_frames(
        self, records: Iterable[Record], entries: Iterable[LedgerEntry], contract: Contract, key: bytes | None
    ) -> RunFrames:
        """Read a run's records and ledger entries, as MongoDB holds them, once each.

        Args:
            records: those that the run recovered.
            entries: those that it settled or deferred.
            contract: theirs.
            key: derives the identities that regenerated ones must equal.
        """
        ...
