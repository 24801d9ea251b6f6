"""The composition root: the one place where adapters are built from settings, and handed over from."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

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
from reclaim.adapters.mongo.records import MongoRecords
from reclaim.adapters.mongo.resolutions import MongoResolutions
from reclaim.adapters.mongo.reversals import MongoReversals
from reclaim.adapters.mongo.runs import MongoRuns
from reclaim.adapters.mongo.schema import require_schema
from reclaim.adapters.mongo.watches import MongoWatchStates
from reclaim.contracts.contract import Contract
from reclaim.contracts.loading import load_contract
from reclaim.evidence.keys import HmacKey, Signer
from reclaim.exposure.holding import HoldingQueue
from reclaim.model.clock import Clock, SystemClock
from reclaim.ports import (
    Applications,
    EvidenceChain,
    Ledger,
    Metrics,
    Queue,
    RecordStore,
    Resolutions,
    RunRegistry,
    WatchStateStore,
)
from reclaim.quarantine.releasing import ReleaseOrder, ReleaseQueue
from reclaim.recovery.dry_run import OverlayLedger, OverlayRecords
from reclaim.runs.event_log import EventLog
from reclaim.settings import Settings
from reclaim.undo.ports import Attributions, Reversals, Sender

if TYPE_CHECKING:
    from pymongo.database import Database

    from reclaim.adapters.memory.world import MemoryWorld
    from reclaim.adapters.telemetry import Telemetry
    from reclaim.preflight.checking import Probes
    from reclaim.reconciliation.ports import AuditValidator, RevenueStore

MEMORY_SCHEME = "memory://"
"""With a RECLAIM_MONGO_URI of this scheme every port is in memory: for tests of what stands on the ports."""


def open_ports(
    settings: Settings,
    queue: str = "",
    *,
    dry_run: bool = False,
    release: ReleaseOrder | None = None,
    validator: AuditValidator | None = None,
) -> Ports:
    """The ports of one run or command; nothing is opened before its first use.

    Args:
        settings: say where everything is.
        queue: what is worked on, name or URL; empty for the configured dead-letter queue.
        dry_run: hold all writes back.
        release: what is released from quarantine, in the place of the queue; None for what works on the queue.
        validator: what checks the data; None where nothing is validated.
    """
    in_memory = settings.mongo_uri.get_secret_value().startswith(MEMORY_SCHEME)
    kinds = {(False, False): Ports, (False, True): DryRunPorts, (True, False): MemoryPorts, (True, True): MemoryDryRun}
    return kinds[in_memory, dry_run](settings, queue or settings.queue, release, validator)


class Ports:
    """Everything outside, ready for use from any thread of this process; connections open when first used.

    A plain class, which the orchestrator does not look into. In another process it is its settings and what it works
    on, and opens its own connections there.

    Attributes:
        target: what is worked on, name or URL.
    """

    is_dry_run = False

    def __init__(
        self,
        settings: Settings,
        target: str,
        release: ReleaseOrder | None = None,
        validator: AuditValidator | None = None,
    ) -> None:
        self.settings = settings
        self.target = target
        self._release = release
        self._validator = validator
        self._event_logs: dict[str, EventLog] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        """Settings and target; connections stay behind."""
        return type(self), (self.settings, self.target, self._release, self._validator)

    @cached_property
    def clock(self) -> Clock:
        """The time that everything here goes by."""
        return SystemClock()

    @cached_property
    def contract(self) -> Contract:
        """What is recovered."""
        return load_contract(self.settings.contract)

    @property
    def tracking_key(self) -> bytes:
        """The key that derives identities.

        Raises:
            SettingsError: there is none, or it is too short.
        """
        return self.settings.require_tracking_key()

    @cached_property
    def queue(self) -> Queue:
        """The queue to drain."""
        if self._release:
            return ReleaseQueue(self._release, self.contract, self._written_ledger, self.resolutions, self.clock)
        return SqsQueue(self.target, connections=self.settings.lanes + 4)

    @cached_property
    def records(self) -> RecordStore:
        """The collection of the contract's records."""
        return MongoRecords(self._database, self.contract)

    @cached_property
    def ledger(self) -> Ledger:
        """The collection `dead_letters`."""
        return self._written_ledger

    @cached_property
    def _written_ledger(self) -> Ledger:
        """The ledger as it is stored, also where a dry run lays another over it."""
        return MongoLedger(self._database)

    @cached_property
    def resolutions(self) -> Resolutions:
        """What is decided about messages after their run."""
        return MongoResolutions(self._database)

    @cached_property
    def sender(self) -> Sender:
        """The way back into the queue."""
        return SqsSender(SqsQueue(self.target))

    @cached_property
    def reversals(self) -> Reversals:
        """The collection of records, on the way back."""
        return MongoReversals(self._database, self.contract)

    @cached_property
    def attributions(self) -> Attributions:
        """The applications that a backfill gave an identity."""
        return MongoAttributions(self._database, self.contract)

    @cached_property
    def applications(self) -> Applications:
        """The collections of the revenue side, as far as a recovery reads them."""
        return MongoApplications(self._database, self.contract)

    @cached_property
    def revenue(self) -> RevenueStore:
        """The collections of the revenue side, as an audit sees them."""
        # It works in frames, and pandas takes a second that only audits should pay.
        from reclaim.adapters.mongo.revenue import MongoRevenue  # noqa: PLC0415

        return MongoRevenue(self._database, self.contract)

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
        """What looks at the running system before a run."""
        from reclaim.adapters.aws.preflight import SystemProbes  # noqa: PLC0415  (only runs and the preflight look)
        from reclaim.adapters.mongo.preflight import StoreProbe  # noqa: PLC0415

        store = StoreProbe(self._connected, self.contract, self.clock)
        return SystemProbes(self.settings, self.contract, self.target, store, self.clock)

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
        """What signs the evidence; None where nothing is configured to.

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
    def watch_states(self) -> WatchStateStore:
        """What a check of the queue leaves for the next."""
        return MongoWatchStates(self._database)

    @cached_property
    def reports(self) -> ReportStore:
        """Where reports are kept."""
        return ReportStore(self.settings.reports_url)

    @property
    def validator(self) -> AuditValidator:
        """What checks the data.

        Raises:
            LookupError: these ports were opened without one.
        """
        if self._validator is None:
            raise LookupError("these ports were opened without a validator")
        return self._validator

    def release_held(self) -> None:
        """Put back what a dry run holds; nothing for a real run."""

    def event_log(self, run_id: str) -> EventLog:
        """The structured log of one run, beside its report; one for all lanes, which share its lock."""
        return self._event_logs.setdefault(run_id, EventLog(self.reports.folder(run_id) / "events.jsonl"))

    @cached_property
    def _database(self) -> Database[Document]:
        """The database, refused at its first use if another version of Reclaim provisioned it."""
        require_schema(self._connected)
        return self._connected

    @cached_property
    def _connected(self) -> Database[Document]:
        settings = self.settings
        return connect(settings.mongo_uri.get_secret_value(), settings.mongo_database, settings.store_timeout_seconds)


class MemoryPorts(Ports):
    """The ports in memory, of the world that the settings name; see `reclaim.adapters.memory.world`."""

    @cached_property
    def clock(self) -> Clock:
        """The world's."""
        return self._world.clock

    @property
    def _world(self) -> MemoryWorld:
        from reclaim.adapters.memory.world import world_called  # noqa: PLC0415  (no command needs it)

        return world_called(self.settings.mongo_uri.get_secret_value().removeprefix(MEMORY_SCHEME))

    @cached_property
    def queue(self) -> Queue:
        """The world's queue, or its quarantine."""
        return cast("Queue", self._world.observed("queue", super().queue if self._release else self._world.queue))

    @cached_property
    def _written_ledger(self) -> Ledger:
        return cast("Ledger", self._world.port("ledger"))

    @property
    def validator(self) -> AuditValidator:
        """The world's, if it has one."""
        return self._world.validator or super().validator


def _from_world(name: str) -> Any:  # noqa: ANN401  (a port)
    prop = cached_property(lambda ports: ports._world.port(name))  # noqa: SLF001
    prop.__set_name__(MemoryPorts, name)
    return prop


for _name in (
    "records",
    "resolutions",
    "sender",
    "reversals",
    "attributions",
    "applications",
    "revenue",
    "runs",
    "preflight",
    "evidence",
    "metrics",
    "notifications",
    "watch_states",
):
    setattr(MemoryPorts, _name, _from_world(_name))


class _HoldsWritesBack(Ports):
    """What a dry run changes about ports: what would be written stays in memory, what would be deleted is hidden."""

    is_dry_run = True

    @cached_property
    def queue(self) -> HoldingQueue:
        """The queue, whose messages are held."""
        return HoldingQueue(super().queue, 10 * self.settings.visibility_timeout_seconds, self.clock)

    @cached_property
    def records(self) -> RecordStore:
        """The records, under what this run would write."""
        return OverlayRecords(self.contract, self.ledger, super().records)

    @cached_property
    def ledger(self) -> Ledger:
        """A ledger of its own, which knows what the written one has settled."""
        return OverlayLedger(self._written_ledger)

    def release_held(self) -> None:
        """Put back everything that is held."""
        self.queue.release()


class DryRunPorts(_HoldsWritesBack):
    """The ports of a dry run."""


class MemoryDryRun(_HoldsWritesBack, MemoryPorts):
    """The ports of a dry run, in memory."""
