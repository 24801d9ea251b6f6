"""A world in memory for whole recoveries: every port in memory, with calls that are noted and can be made to fail."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from reclaim.adapters.memory.world import MemoryWorld
from reclaim.contracts.documents import record_of
from reclaim.local.outage import Outage
from reclaim.model.clock import to_milliseconds
from reclaim.model.ledger import LedgerEntry
from reclaim.model.message import QueueDepth
from reclaim.quarantine.requests import ReleaseRequest
from reclaim.reconciliation.model import Reconciliation
from reclaim.reconciliation.ports import AuditValidator
from reclaim.reconciliation.request import ReconcileRequest
from reclaim.reports.model import RunReport
from reclaim.requests import RecoverRequest
from tests.builders import CONTRACT

if TYPE_CHECKING:
    from prefect.client.schemas.objects import State

QUEUE = "client-created-dlq"
KEY = "KEYMARKER-0123456789abcdef0123456789abcdef"
PASSWORD = "PASSWORDMARKER"

Meddler = Callable[..., Any]
"""Called instead of a port's method, with that method before the arguments."""


class FastClock:
    """A clock that runs `pace` times as fast as the machine's, and on which one can really wait."""

    def __init__(self, pace: float = 20.0) -> None:
        self._pace = pace
        self._started = time.monotonic()
        self._start = datetime.now(UTC)

    def now(self) -> datetime:
        return to_milliseconds(self._start + timedelta(seconds=self.monotonic()))

    def monotonic(self) -> float:
        return (time.monotonic() - self._started) * self._pace

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds / self._pace)


@dataclass(frozen=True)
class Call:
    """One call from the run to the outside: its place in the order, its times by the world's clock, what it brought."""

    number: int
    name: str
    at: float
    ended: float
    args: tuple[Any, ...]
    result: Any

    @property
    def messages(self) -> set[str]:
        """The messages it was about, wherever the port puts them."""
        if self.name == "queue.receive":
            return {message.message_id for message in self.result}
        if self.name == "records.write":
            return {write.recovery.message_id for write in self.args[0]}
        return {getattr(one, "message_id", one) for one in self.args[0]}


@dataclass
class Journal:
    """Every call to the outside, in the order in which they ended."""

    calls: list[Call] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, name: str, times: tuple[float, float], args: tuple[Any, ...], result: Any) -> None:  # noqa: ANN401
        with self._lock:
            self.calls.append(Call(len(self.calls), name, *times, args, result))

    def of(self, name: str) -> list[Call]:
        return [call for call in self.calls if call.name == name]

    def place(self, name: str, message_id: str) -> int:
        """When the message met this call, as a place in the order of all calls; -1 if it never did."""
        return next((call.number for call in self.of(name) if message_id in call.messages), -1)


class Watched:
    """Stands before a port in memory, notes every call, and lets a test disturb it."""

    def __init__(self, port: object, name: str, world: World) -> None:
        self._port, self._name, self._world = port, name, world

    def __getattr__(self, method: str) -> Any:  # noqa: ANN401
        real = getattr(self._port, method)
        if not callable(real):
            return real
        name = f"{self._name}.{method}"

        def call(*args: Any, **named: Any) -> Any:  # noqa: ANN401
            at = self._world.clock.monotonic()
            result: Any = None
            try:
                meddle = self._world.meddling.get(name)
                result = meddle(real, *args, **named) if meddle else real(*args, **named)
                return result
            finally:
                self._world.journal.add(name, (at, self._world.clock.monotonic()), args, result)

        return call


class World:
    """A world in memory, watched; what a recovery of it does, and what it is like afterwards.

    The flows find it by the settings, through the composition root: RECLAIM_MONGO_URI names it.
    """

    def __init__(self, name: str, reports: Path, validator: AuditValidator | None = None) -> None:
        self.reports = reports
        self.clock = FastClock()
        self.journal = Journal()
        self.meddling: dict[str, Meddler] = {}
        self.sent: list[str] = []
        self.memory = MemoryWorld(name, CONTRACT, self.clock, queue=QUEUE, observer=self._watched, validator=validator)
        self.queue = self.memory.queue
        self.ledger = self.memory.ledger
        self.resolutions = self.memory.resolutions
        self.records = self.memory.records
        self.runs = self.memory.runs
        self.metrics = self.memory.metrics
        self.notifications = self.memory.notifications
        self.watch_states = self.memory.watch_states
        self.evidence = self.memory.evidence
        self.applications = self.memory.applications
        self.revenue = self.memory.revenue

    def _watched(self, name: str, port: object) -> object:
        return port if name == "preflight" else Watched(port, name, self)

    # --- Given -----------------------------------------------------------------------------------------------

    def send(self, *bodies: str) -> list[str]:
        ids = [self.queue.send(body) for body in bodies]
        self.sent += ids
        return ids

    def send_events(self, count: int, prefix: str = "cl") -> list[str]:
        """So many events that only lack their tracking ID, each of a client of its own."""
        return self.send(*(event(f"{prefix}_{number}") for number in range(count)))

    def stage(self, outage: Outage) -> None:
        for document in outage.records:
            self.records.put(record_of(document, CONTRACT))
        for application in outage.applications:
            self.applications.put(application.document())
            self.revenue.applications[application.application_id] = application.document()
        for charge in outage.charges:
            self.applications.charge(charge.document())
            self.revenue.charges[charge.charge_id] = charge.document()
        self.send(*(message.body for message in outage.messages))

    def meddle(self, name: str, meddler: Meddler) -> None:
        self.meddling[name] = meddler

    # --- When ------------------------------------------------------------------------------------------------

    def run(self, **asked: Any) -> State[Any]:  # noqa: ANN401
        """A recovery; its last state in Prefect."""
        from flows.recover import recover  # noqa: PLC0415  (Prefect reads its settings when it is imported)

        return recover(RecoverRequest(**asked), return_state=True)

    def recover(self, **asked: Any) -> RunReport:  # noqa: ANN401
        """A recovery; its report."""
        from flows.recover import recover  # noqa: PLC0415
        from flows.support.ending import result_of  # noqa: PLC0415

        return result_of(recover, RecoverRequest(**asked))

    def release(self, **asked: Any) -> RunReport:  # noqa: ANN401
        """A release from quarantine; its report."""
        from flows.release import release  # noqa: PLC0415
        from flows.support.ending import result_of  # noqa: PLC0415

        return result_of(release, ReleaseRequest(**asked))

    def reconcile(self, **asked: Any) -> Reconciliation:  # noqa: ANN401
        """An audit; what it found."""
        from flows.reconcile import reconcile  # noqa: PLC0415
        from flows.support.ending import result_of  # noqa: PLC0415

        return result_of(reconcile, ReconcileRequest(**asked))

    # --- Then ------------------------------------------------------------------------------------------------

    @property
    def depth(self) -> QueueDepth:
        return self.queue.depth()

    @property
    def entries(self) -> dict[str, LedgerEntry]:
        return self.ledger.find(self.sent)

    def saved_report(self, report: RunReport) -> dict[str, Any]:
        saved: dict[str, Any] = orjson.loads((self.reports / report.run_id / "report.json").read_bytes())
        return saved


def event(record_key: str, **record: Any) -> str:  # noqa: ANN401
    """A `client.created` event without its tracking ID."""
    body = {
        "schema_version": 1,
        "event_type": "client.created",
        "event_id": f"evt_{record_key}",
        "occurred_at": "2026-11-20T08:15:30.123Z",
        "producer": "client-service",
        "client": {
            "client_id": record_key,
            "name": f"BODYMARKER {record_key}",
            "country": "US",
            "billing": {"model": "cpa", "rate_minor": 1250, "currency": "USD"},
            "tracking_id": None,
            **record,
        },
    }
    return orjson.dumps(body).decode()


def fails(times: int, error: Exception) -> Meddler:
    """The first so many calls fail, the others go through."""
    left = itertools.count(times, -1)

    def meddle(real: Callable[..., Any], *args: Any) -> Any:  # noqa: ANN401
        if next(left) > 0:
            raise error
        return real(*args)

    return meddle


def always(error: Exception) -> Meddler:
    """No call goes through."""

    def meddle(_real: Callable[..., Any], *_args: Any) -> Any:  # noqa: ANN401
        raise error

    return meddle


def from_call(number: int, error: Exception) -> Meddler:
    """No call from the `number`th on (counted from 1) goes through."""
    calls = itertools.count(1)

    def meddle(real: Callable[..., Any], *args: Any) -> Any:  # noqa: ANN401
        if next(calls) >= number:
            raise error
        return real(*args)

    return meddle


def at_call(number: int, effect: Callable[[], object]) -> Meddler:
    """Something happens just before the `number`th call (counted from 1)."""
    calls = itertools.count(1)

    def meddle(real: Callable[..., Any], *args: Any) -> Any:  # noqa: ANN401
        if next(calls) == number:
            effect()
        return real(*args)

    return meddle


def gaps(calls: Sequence[Call]) -> list[float]:
    """The time between each call and the next."""
    return [after.at - before.at for before, after in itertools.pairwise(calls)]


def in_threads(*jobs: Callable[[], Any]) -> list[Any]:
    """Do all at once; what each brought."""
    with ThreadPoolExecutor(len(jobs)) as pool:
        return [future.result() for future in [pool.submit(job) for job in jobs]]


def ids(calls: Iterable[Call]) -> set[str]:
    """All the messages these calls were about."""
    return {message_id for call in calls for message_id in call.messages}


@dataclass(frozen=True)
class Recovered:
    """A recovery that is over: its world, what was staged, what had to come of it, and what did."""

    world: World
    outage: Outage
    truth: dict[str, Any]
    state: State[Any]
    report: RunReport
