"""The composition root: the one place where adapters are built from settings."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pymongo.database import Database

from reclaim.adapters.aws.cloudwatch import CloudWatch
from reclaim.adapters.aws.kms import KmsSigner
from reclaim.adapters.aws.report_store import ReportStore
from reclaim.adapters.aws.sqs import SqsQueue
from reclaim.adapters.aws.sqs_sender import SqsSender
from reclaim.adapters.code_version import code_version
from reclaim.adapters.mongo.applications import MongoApplications
from reclaim.adapters.mongo.attributions import MongoAttributions
from reclaim.adapters.mongo.connection import Document, connect
from reclaim.adapters.mongo.evidence import MongoEvidence
from reclaim.adapters.mongo.ledger import MongoLedger
from reclaim.adapters.mongo.records import MongoClients
from reclaim.adapters.mongo.resolutions import MongoResolutions
from reclaim.adapters.mongo.reversals import MongoReversals
from reclaim.adapters.mongo.runs import MongoRuns
from reclaim.adapters.mongo.watches import MongoRecollection
from reclaim.evidence.keys import HmacKey, Signer
from reclaim.model.clock import Clock, SystemClock
from reclaim.ports import (
    Applications,
    ClientStore,
    EvidenceChain,
    Ledger,
    Metrics,
    Queue,
    Recollection,
    Resolutions,
    RunRegistry,
)
from reclaim.preflight.ports import Probes
from reclaim.quarantine.release_queue import ReleaseQueue
from reclaim.quarantine.releasing import ReleaseOrder
from reclaim.recovery.dry_run import HoldingQueue, OverlayClients, OverlayLedger
from reclaim.runs.event_log import EventLog
from reclaim.settings import Settings, read_settings
from reclaim.undo.ports import Attributions, Reversals, Sender

if TYPE_CHECKING:
    from reclaim.adapters.telemetry import Telemetry
    from reclaim.reconciliation.ports import RevenueStore


@dataclass(frozen=True, slots=True)
class Target:
    """What a run works on, as a plain value that tasks pass to each other.

    Attributes:
        queue: name or URL.
        rehearsal: the run's ID if it is a dry run, whose writes are held back; empty if it is a real one.
        release: what is released from quarantine, in the place of the queue; None for a run that drains the queue.
    """

    queue: str
    rehearsal: str = ""
    release: ReleaseOrder | None = None


class Adapters:
    """Everything outside, ready for use from any thread of this process; connections open when first used."""

    def __init__(self, settings: Settings, target: Target) -> None:
        self.settings = settings
        self.clock: Clock = SystemClock()
        self.reports = ReportStore(settings.reports_url)
        self._target = target
        self._event_logs: dict[str, EventLog] = {}

    @cached_property
    def queue(self) -> Queue:
        """The queue to drain."""
        queue = self._queue()
        if self._target.rehearsal:
            return HoldingQueue(queue, 10 * self.settings.visibility_timeout_seconds, self.clock)
        return queue

    def _queue(self) -> Queue:
        if order := self._target.release:
            # The real ledger: what is in quarantine is no secret to a dry run.
            return ReleaseQueue(order, MongoLedger(self._database), self.resolutions, self.clock)
        return SqsQueue(self._target.queue, connections=self.settings.lanes + 4)

    @cached_property
    def clients(self) -> ClientStore:
        """The collection `clients`."""
        real = MongoClients(self._database)
        return OverlayClients(real, self.ledger) if self._target.rehearsal else real

    @cached_property
    def ledger(self) -> Ledger:
        """The collection `dead_letters`."""
        real = MongoLedger(self._database)
        return OverlayLedger(real) if self._target.rehearsal else real

    @cached_property
    def resolutions(self) -> Resolutions:
        """What is decided about messages after their run."""
        return MongoResolutions(self._database)

    @cached_property
    def sender(self) -> Sender:
        """The way back into the queue."""
        return SqsSender(SqsQueue(self._target.queue))

    @cached_property
    def reversals(self) -> Reversals:
        """The collection `clients`, on the way back."""
        return MongoReversals(self._database)

    @cached_property
    def attributions(self) -> Attributions:
        """The applications that a backfill gave a tracking ID."""
        return MongoAttributions(self._database)

    @cached_property
    def applications(self) -> Applications:
        """The collections `applications` and `charges`, read only."""
        return MongoApplications(self._database)

    @cached_property
    def revenue(self) -> RevenueStore:
        """The collections `applications` and `charges`, as an audit sees them."""
        # It works in frames, and pandas takes a second that only audits should pay.
        from reclaim.adapters.mongo.revenue import MongoRevenue  # noqa: PLC0415

        return MongoRevenue(self._database)

    @cached_property
    def runs(self) -> RunRegistry:
        """The collection `recovery_runs`."""
        return MongoRuns(self._database)

    @cached_property
    def telemetry(self) -> Telemetry:
        """Where spans go, if anywhere."""
        # A tenth of a second that only runs should pay.
        from reclaim.adapters.telemetry import telemetry  # noqa: PLC0415

        return telemetry()

    @cached_property
    def preflight(self) -> Probes:
        """Who looks at the running system before a run."""
        from reclaim.adapters.aws.preflight import SystemProbes  # noqa: PLC0415  (only runs and the preflight look)

        return SystemProbes(self.settings, self._target.queue, self._database, self.clock)

    @cached_property
    def evidence(self) -> EvidenceChain:
        """The chain that the manifests of all runs make."""
        return MongoEvidence(self._database)

    @property
    def code_version(self) -> str:
        """What code runs."""
        return code_version(self.settings.code_version)

    @cached_property
    def signer(self) -> Signer | None:
        """Who signs the evidence; None where nobody is configured to.

        Raises:
            SettingsError: the key is too short, or KMS has no such key to sign with.
            TransientError: KMS does not answer.
        """
        if key_id := self.settings.evidence_kms_key_id:
            return KmsSigner(key_id)
        key = self.settings.evidence_key_bytes
        return HmacKey(key) if key else None

    @cached_property
    def metrics(self) -> Metrics:
        """CloudWatch."""
        return CloudWatch(self.settings.alarm_period_seconds)

    @cached_property
    def notifications(self) -> Queue:
        """The queue that alarms notify."""
        return SqsQueue(self.settings.alarm_queue)

    @cached_property
    def recollection(self) -> Recollection:
        """What a look leaves for the next."""
        return MongoRecollection(self._database)

    @cached_property
    def _database(self) -> Database[Document]:
        settings = self.settings
        return connect(settings.mongo_uri.get_secret_value(), settings.mongo_database, settings.store_timeout_seconds)

    def release(self) -> None:
        """Put back what a dry run holds; nothing for a real run."""
        if isinstance(self.queue, HoldingQueue):
            self.queue.release()

    def event_log(self, run_id: str) -> EventLog:
        """The structured log of one run, beside its report; one for all lanes, which share its lock."""
        return self._event_logs.setdefault(run_id, EventLog(self.reports.folder(run_id) / "events.jsonl"))


Builder = Callable[[Target], Adapters]

_lock = threading.RLock()
_built: dict[Target, Adapters] = {}
_builder: list[Builder] = []


def adapters(target: Target) -> Adapters:
    """The adapters for `target`, built from the environment once per process.

    Raises:
        SettingsError: a setting is missing or out of bounds.
    """
    with _lock:
        if target not in _built:
            build = _builder[-1] if _builder else lambda target: Adapters(read_settings(), target)
            _built[target] = build(target)
        return _built[target]


def forget(target: Target) -> None:
    """Let go of what was built for `target`; a dry run's memory goes with it."""
    with _lock:
        _built.pop(target, None)


@contextmanager
def built_by(builder: Builder) -> Iterator[None]:
    """Have adapters built by somebody else, such as a test with twins in memory."""
    with _lock:
        _builder.append(builder)
        held = dict(_built)
        _built.clear()
    try:
        yield
    finally:
        with _lock:
            _builder.pop()
            _built.clear()
            _built.update(held)
