"""One run in progress: what its lanes share, and how it begins."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import ParamSpec, TypeVar

from prefect import Task

from flows.support.approval import agreed
from reclaim.adapters.bootstrap import Target, adapters
from reclaim.model.errors import Halted, StoreUnavailable, TransientError
from reclaim.model.message import queue_name
from reclaim.model.run import RunRecord, RunState
from reclaim.recovery.breaker import BreakerPolicy
from reclaim.recovery.drain import Drain, DrainPolicy
from reclaim.recovery.pacing import PacePolicy
from reclaim.recovery.visibility import VisibilityKeeper
from reclaim.requests import RecoverRequest
from reclaim.runs.liveness import begun
from reclaim.settings import Settings, read_settings
from tasks.batch import acknowledge, decide, give_back, note_deferral, receive, record, settle, write
from tasks.monitor import Monitor
from tasks.preflight import check_before
from tasks.retrying import Retries
from tasks.run import Opening, look_at_queue, open_run, save_run

_log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")


class Run:
    """What belongs to one run while it runs. Opaque to the orchestrator, which passes it to the lanes.

    Its steps (`receive`, `record_batch`, `decide`, …) are the tasks of `tasks.batch` with this run's retries.
    """

    def __init__(self, request: RecoverRequest, record_: RunRecord, target: Target, settings: Settings) -> None:
        self.request = request
        self.record = record_
        self.target = target
        self.settings = settings
        self.clock = adapters(target).clock
        self.lanes = request.lanes or settings.lanes
        self.drain = Drain(_policy(request, settings), self.clock)
        self.step_seconds: defaultdict[str, list[float]] = defaultdict(list)
        retries = Retries(settings, self._trouble)
        self.retries = retries
        self.ledger_answers = True
        self.terminated: BaseException | None = None
        self.receive = retries.around(receive)
        self.record_batch = retries.around(record)
        self.decide = retries.around(decide)
        self.write = retries.around(write)
        self.settle = retries.around(settle)
        self.acknowledge = retries.around(acknowledge)
        self.give_back = give_back
        self.note_deferral = note_deferral
        self.look_at_queue = retries.around(look_at_queue)
        self.keeper = VisibilityKeeper(adapters(target).queue, settings.visibility_timeout_seconds, self.clock)
        self.opening: Opening = retries.around(open_run)(target, record_)
        self.monitor = Monitor(target, self.run_id, self.drain, self.opening.depth.total, self.lanes)

    @property
    def run_id(self) -> str:
        """The run's ID."""
        return self.record.run_id

    @property
    def is_rehearsal(self) -> bool:
        """Whether this is a dry run."""
        return bool(self.target.rehearsal)

    @contextmanager
    def in_progress(self) -> Iterator[None]:
        """Keep messages hidden and progress shown for as long as lanes run."""
        with ExitStack() as stack:
            stack.enter_context(self.keeper)
            stack.enter_context(self.monitor)
            yield

    @contextmanager
    def timed(self, step: str) -> Iterator[None]:
        """Note how long a step of a batch takes, retries included."""
        started = self.clock.monotonic()
        try:
            yield
        finally:
            self.step_seconds[step].append(self.clock.monotonic() - started)

    def attempt(self, what: str, task: Task[P, T], *args: P.args, **kwargs: P.kwargs) -> T | None:
        """`task`'s answer, or None if `what` stays unavailable: an account is given with what there is."""
        try:
            return self.retries.around(task)(*args, **kwargs)
        except TransientError as error:
            self.warn(f"{what} could not be asked: {error}")
            self.ledger_answers = self.ledger_answers and not isinstance(error, StoreUnavailable)
            self.drain.halt(str(error), error.exit_code)
            return None

    def warn(self, sentence: str) -> None:
        """Say something in the run's log."""
        _log.warning("%s: %s", self.run_id, sentence)

    def reraise(self) -> None:
        """Let a termination that was held back until the account was given take its course."""
        if self.terminated:
            raise self.terminated

    def _trouble(self) -> bool:
        """A step failed for now: slow down; a halted run does not try again."""
        self.drain.trouble()
        return not self.drain.halted


def prepare(request: RecoverRequest) -> Run:
    """Check everything a run needs, enter it into the registry, and set its limits.

    Raises:
        SettingsError: no usable tracking key, no such queue, refused credentials; nothing was touched.
        UsageError: an approver is needed and not named, or is the operator; nothing was touched.
        Halted: an approver was asked and rejected it; nothing was touched.
        PreflightFailed: a blocking item of the preflight fails and is not overridden; nothing was touched.
        TransientError: SQS or MongoDB cannot be reached.
    """
    settings = read_settings()
    settings.require_tracking_key()
    queue = request.queue or settings.queue
    overridden = Retries(settings).around(check_before)(Target(queue), request.override_preflight)
    try:
        request = agreed(request, Target(queue), settings)
    except Halted as refusal:
        Retries(settings).around(save_run)(Target(queue), _refused(new_record(request, queue, settings), refusal))
        raise
    record_ = new_record(request, queue, settings)
    if overridden:
        record_.parameters["preflight_failed"] = "; ".join(overridden)
    return Run(request, record_, Target(queue, record_.run_id if request.dry_run else ""), settings)


def new_record(request: RecoverRequest, queue: str, settings: Settings, kind: str = "recover") -> RunRecord:
    """The registry's entry of a run that begins now on `queue` (name or URL)."""
    outside = adapters(Target(queue))
    return begun(
        kind,
        outside.clock.now(),
        queue=queue_name(queue),
        operator=request.operator or settings.operator,
        reason=request.reason,
        approver=request.approver or "",
        code_version=outside.code_version,
        parameters=_parameters(request, settings),
    )


def _refused(record_: RunRecord, refusal: Halted) -> RunRecord:
    """The entry of a run that was asked for and did not begin: who refused it, and why, is part of the record."""
    return record_.ended(RunState.HALTED, record_.started_at, explanation=refusal.what, balanced=True)


def _parameters(request: RecoverRequest, settings: Settings) -> dict[str, object]:
    asked = request.model_dump(exclude_none=True, exclude={"operator", "reason", "approver"})
    return {
        "lanes": settings.lanes,
        "batch_size": settings.batch_size,
        "rate": settings.rate,
        "visibility_timeout_seconds": settings.visibility_timeout_seconds,
        **asked,
    }


def _policy(request: RecoverRequest, settings: Settings) -> DrainPolicy:
    return DrainPolicy(
        batch_size=request.batch_size or settings.batch_size,
        max_messages=request.max_messages,
        empty_polls=settings.empty_polls,
        patience_seconds=settings.patience_seconds,
        pace=PacePolicy(ceiling=request.rate or settings.rate, slow_write_seconds=settings.slow_write_seconds),
        breaker=BreakerPolicy(settings.breaker_window, settings.breaker_minimum, settings.breaker_threshold),
    )
