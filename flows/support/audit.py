"""One audit in progress: how it begins, how its steps are taken, how it ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

from prefect import Task
from prefect.client.schemas.objects import State

from flows.support.close_on_error import closed_on_error
from flows.support.ending import ends_with
from reclaim.adapters.bootstrap import Target, adapters
from reclaim.model.message import queue_name
from reclaim.model.run import RunRecord, RunState
from reclaim.reconciliation.balancing import Findings
from reclaim.reconciliation.matching import Matched
from reclaim.reconciliation.model import Backfill, Reconciliation
from reclaim.reconciliation.request import ReconcileRequest
from reclaim.reconciliation.verdict import headline, judged
from reclaim.runs.liveness import begun
from reclaim.runs.summary import peak_rss_mb
from reclaim.settings import read_settings
from tasks.evidence import sealed
from tasks.reconcile import open_audit, publish_audit, show_audit, validate_audit, write_audit
from tasks.retrying import Retries
from tasks.run import save_run

P = ParamSpec("P")
T = TypeVar("T")


class Audit:
    """What belongs to one audit while it runs.

    Attributes:
        backfill: what was written onto applications; None where that was not asked for.
        seconds: how long each step took, retries included, by its task's name.
    """

    def __init__(self, request: ReconcileRequest, record: RunRecord, target: Target, retries: Retries) -> None:
        self.request = request
        self.record = record
        self.target = target
        self.retries = retries
        self.clock = adapters(target).clock
        self.window = request.window(record.started_at)
        self.backfill: Backfill | None = None
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

    @contextmanager
    def in_progress(self) -> Iterator[None]:
        """Enter the audit into the registry; where it breaks off, say there why."""
        self.do(open_audit, self.target, self.record)
        with closed_on_error(self.target, self._ended):
            yield

    def _ended(self, state: RunState, explanation: str) -> RunRecord:
        return self.record.ended(state, self.clock.now(), explanation=explanation)


def prepare_audit(request: ReconcileRequest) -> Audit:
    """What an audit needs; nothing is touched yet.

    Raises:
        SettingsError: a setting is missing or out of bounds.
    """
    settings = read_settings()
    queue = request.queue or settings.queue
    target = Target(queue)
    outside = adapters(target)
    record = begun(
        "reconcile",
        outside.clock.now(),
        queue=queue_name(queue),
        operator=request.operator or settings.operator,
        reason=request.reason,
        code_version=outside.code_version,
        parameters=request.model_dump(mode="json", exclude={"queue", "operator", "reason"}),
    )
    return Audit(request, record, target, Retries(settings))


def give_account(audit: Audit, findings: Findings, matched: Matched, *, consistent: bool) -> State[Reconciliation]:
    """Validate, judge, write the report, close the run; an audit that is not sound ends as failed."""
    found = _found(audit, findings, consistent=consistent)
    validation = audit.do(validate_audit, audit.target, found, matched)
    ended = {"validation": validation, "finished_at": audit.clock.now(), "timings": dict(audit.seconds)}
    found = judged(found.model_copy(update={**ended, "peak_rss_mb": peak_rss_mb()}))
    audit.do(write_audit, audit.target, found, matched)
    record = sealed(audit.retries, audit.target, _record_of(audit.record, found))
    audit.do(save_run, audit.target, record)
    show_audit(found, audit.do(publish_audit, audit.target, audit.run_id))
    return ends_with(found, headline(found), well=found.state is RunState.COMPLETED)


def _found(audit: Audit, findings: Findings, *, consistent: bool) -> Reconciliation:
    record, window = audit.record, audit.window
    return Reconciliation(
        run_id=audit.run_id,
        from_=window.opens,
        to=window.closes,
        as_of=window.as_of,
        backdating_days=window.backdating.days,
        backfill=audit.backfill,
        consistent=consistent,
        started_at=record.started_at,
        operator=record.operator,
        reason=record.reason,
        parameters=record.parameters,
        **findings,
    )


def _record_of(record: RunRecord, found: Reconciliation) -> RunRecord:
    """The registry's entry of an audit that gave its account."""
    counts = {
        kind: sum(check.classes.count for check in found.checks if check.of == kind)
        for kind in ("applications", "charges")
    }
    if found.backfill:
        counts["backfilled"] = found.backfill.applications
    return record.ended(
        found.state,
        found.finished_at,
        explanation=found.explanation,
        counts=counts,
        balanced=found.balanced,
        money={currency: summary.model_dump() for currency, summary in found.summary.items()},
        timings=found.timings,
        validation=found.validation,
    )
