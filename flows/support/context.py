"""The context of a run: what its steps share, from the first step to the report at the end."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ParamSpec, TypeVar

from prefect import Task

from expectations.validation import GreatExpectationsValidator
from reclaim.adapters.bootstrap import Ports, open_ports
from reclaim.model.errors import ReclaimError, StoreUnavailable, TransientError
from reclaim.model.message import queue_name
from reclaim.model.run import RunRecord, RunState
from reclaim.quarantine.releasing import ReleaseOrder
from reclaim.recovery.breaker import BreakerPolicy
from reclaim.recovery.drain import Drain, DrainPolicy
from reclaim.recovery.pacing import PacePolicy
from reclaim.recovery.visibility import VisibilityKeeper
from reclaim.requests import RecoverRequest
from reclaim.runs.liveness import begun
from reclaim.settings import Settings
from tasks.batch import acknowledge, decide, give_back, note_deferral, receive, record, settle, write
from tasks.monitor import Monitor
from tasks.retrying import Retries
from tasks.run import Opening, look_at_queue, open_run

_log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")


def ports_of(
    settings: Settings, queue: str | None, *, dry_run: bool = False, release: ReleaseOrder | None = None
) -> Ports:
    """The ports of a run on `queue`, with Great Expectations as the validator; nothing is opened yet."""
    return open_ports(settings, queue or "", dry_run=dry_run, release=release, validator=GreatExpectationsValidator())


def new_record(kind: str, ports: Ports, operator: str | None, reason: str, **known: Any) -> RunRecord:  # noqa: ANN401
    """The registry's entry of a run that begins now; `known` is what else is to be said, by field."""
    known.setdefault("queue", queue_name(ports.target))
    return begun(
        kind,
        ports.clock.now(),
        contract=ports.contract.name,
        operator=operator or ports.settings.operator,
        reason=reason,
        code_version=ports.code_version,
        **known,
    )


class RunContext:
    """What belongs to one run while it runs. Opaque to the orchestrator; making one touches nothing.

    Attributes:
        record: the run's entry in the registry.
        seconds: how long each step took, retries included, by its task's name; of repeated steps the last.
    """

    def __init__(self, ports: Ports, record: RunRecord) -> None:
        self.ports = ports
        self.record = record
        self.clock = ports.clock
        self.retries = Retries(ports.settings, self._on_failure)
        self.seconds: dict[str, float] = {}

    @property
    def run_id(self) -> str:
        """The run's ID."""
        return self.record.run_id

    def do(self, task: Task[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Take a step, with retries."""
        started = self.clock.monotonic()
        try:
            return self.retries.around(task)(*args, **kwargs)
        finally:
            self.seconds[task.name] = round(self.clock.monotonic() - started, 3)

    def ended(self, state: RunState, explanation: str = "") -> RunRecord:
        """The run's entry in the registry as it ends now."""
        return self.record.ended(state, self.clock.now(), explanation=explanation)

    @contextmanager
    def closed_on_error(self) -> Iterator[None]:
        """Where the block raises, enter the run into the registry as over, with the reason, and let the error go on.

        A run that was stopped, or that found something outside unavailable, is halted; any other failed.
        """
        try:
            yield
        except BaseException as error:
            stopped = isinstance(error, TransientError) or not isinstance(error, Exception)
            explanation = str(error) if isinstance(error, ReclaimError) else type(error).__name__
            try:
                # Once is enough: the step that failed has been tried often, and no count depends on this.
                self.ports.runs.save(self.ended(RunState.HALTED if stopped else RunState.FAILED, explanation))
            except ReclaimError as unsaved:
                self.warn(f"could not be closed in the registry: {unsaved}")
            raise

    def warn(self, sentence: str) -> None:
        """Say something in the run's log."""
        _log.warning("%s: %s", self.run_id, sentence)

    def _on_failure(self) -> bool:
        """A step failed for now; whether trying again is wanted."""
        return True


class DrainContext(RunContext):
    """A run that drains a queue: beside what every run has, what its lanes share.

    Its steps (`receive`, `record_batch`, `decide`, …) are the tasks of `tasks.batch` with this run's retries.

    Attributes:
        opening: what was found when the run was opened; None before.
        step_seconds: how long each batch took, by step.
        store_answers: whether MongoDB could be asked so far.
        terminated: a signal that ends the run, held back until the run is finalized.
    """

    keeper: VisibilityKeeper

    def __init__(self, ports: Ports, record_: RunRecord, request: RecoverRequest) -> None:
        super().__init__(ports, record_)
        settings = ports.settings
        self.lanes = request.lanes or settings.lanes
        self.drain = Drain(_policy(request, ports), self.clock)
        self.opening: Opening | None = None
        self.step_seconds: defaultdict[str, list[float]] = defaultdict(list)
        self.store_answers = True
        self.terminated: BaseException | None = None
        self.receive = self.retries.around(receive)
        self.record_batch = self.retries.around(record)
        self.decide = self.retries.around(decide)
        self.write = self.retries.around(write)
        self.settle = self.retries.around(settle)
        self.acknowledge = self.retries.around(acknowledge)
        self.give_back = give_back
        self.note_deferral = note_deferral
        self.look_at_queue = self.retries.around(look_at_queue)
        self.monitor = Monitor(ports, self.run_id, self.drain, self.lanes)

    @contextmanager
    def in_progress(self) -> Iterator[None]:
        """Enter the run into the registry; keep messages hidden and progress shown for as long as lanes run."""
        self.opening = self.do(open_run, self.ports, self.record)
        self.monitor.expected = self.opening.depth.total
        visibility = self.ports.settings.visibility_timeout_seconds
        with VisibilityKeeper(self.ports.queue, visibility, self.clock) as self.keeper, self.monitor:
            yield

    @contextmanager
    def timed(self, step: str) -> Iterator[None]:
        """Note how long a step of a batch takes, retries included."""
        started = self.clock.monotonic()
        try:
            yield
        finally:
            self.step_seconds[step].append(self.clock.monotonic() - started)

    def best_effort(self, what: str, task: Task[P, T], *args: P.args, **kwargs: P.kwargs) -> T | None:
        """`task`'s answer, or None if `what` stays unavailable: the report is made of what there is."""
        try:
            return self.do(task, *args, **kwargs)
        except TransientError as error:
            self.warn(f"{what} could not be asked: {error}")
            self.store_answers = self.store_answers and not isinstance(error, StoreUnavailable)
            self.drain.halt(str(error), error.exit_code)
            return None

    def _on_failure(self) -> bool:
        """A step failed for now: slow down; a halted run does not try again."""
        self.drain.slow_down()
        return not self.drain.halted


def drain_parameters(request: RecoverRequest, settings: Settings) -> dict[str, object]:
    """What a run that drains was asked to do, for the registry; never a secret."""
    asked = request.model_dump(exclude_none=True, exclude={"operator", "reason", "approver"})
    return {
        "lanes": settings.lanes,
        "batch_size": settings.batch_size,
        "rate": settings.rate,
        "visibility_timeout_seconds": settings.visibility_timeout_seconds,
        **asked,
    }


def _policy(request: RecoverRequest, ports: Ports) -> DrainPolicy:
    settings = ports.settings
    return DrainPolicy(
        batch_size=request.batch_size or settings.batch_size,
        max_messages=request.max_messages,
        empty_polls=settings.empty_polls,
        patience_seconds=settings.patience_seconds,
        pace=PacePolicy(ceiling=request.rate or settings.rate, slow_write_seconds=settings.slow_write_seconds),
        breaker=BreakerPolicy(settings.breaker_window, settings.breaker_minimum, settings.breaker_threshold),
        contract=ports.contract.name,
        event_type=str(ports.contract.event_type.value),
    )
