"""One undo in progress: how it begins, what it counts, how it ends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

from prefect import Task
from prefect.client.schemas.objects import State

from flows.support.close_on_error import closed_on_error
from flows.support.ending import ends_with
from reclaim.adapters.bootstrap import Target, adapters
from reclaim.model.batched import batched
from reclaim.model.run import RunRecord, RunState
from reclaim.requests import UndoRequest
from reclaim.runs.liveness import begun
from reclaim.settings import Settings, read_settings
from reclaim.undo.model import Tally, UndoReport, kept_items
from reclaim.undo.scope import destination, require_reason
from tasks.evidence import sealed
from tasks.retrying import Retries
from tasks.undo import Outlook, close_undo, find_run, look_ahead, open_undo, show_undo, write_undo

P = ParamSpec("P")
T = TypeVar("T")


class Undoing:
    """What belongs to one undo while it runs.

    Attributes:
        undone: the run that is taken back.
        record: the undo's own entry in the registry.
        tally: what was taken back so far, and what cannot be.
    """

    def __init__(self, request: UndoRequest, undone: RunRecord, settings: Settings, retries: Retries) -> None:
        self.request = request
        self.undone = undone
        self.retries = retries
        self.target = Target(destination(undone, settings.queue, request.queue))
        self.clock = adapters(self.target).clock
        self.record = _new_record(request, undone, self.target, settings)
        self.tally = Tally()
        self._batch_size = settings.batch_size
        self.outlook: Outlook = self.do(look_ahead, self.target, undone)
        self.tally.keep(self.outlook.decided.kept)

    @property
    def writes(self) -> bool:
        """Whether there is anything to be done, and it is to be done."""
        found = self.outlook.decided.undos or self.outlook.applications
        return bool(found) and not self.request.dry_run

    def do(self, task: Task[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Take a step, with retries."""
        return self.retries.around(task)(*args, **kwargs)

    def message_batches(self) -> Iterator[Sequence[str]]:
        """The messages to be taken back, in the order in which the run received them."""
        return batched([undo.message_id for undo in self.outlook.decided.undos], self._batch_size)

    def application_batches(self) -> Iterator[Sequence[str]]:
        """The applications to lose their tracking ID."""
        return batched(self.outlook.applications, self._batch_size)

    @contextmanager
    def in_progress(self) -> Iterator[None]:
        """Enter the undo into the registry; where it breaks off, say there why."""
        self.do(open_undo, self.target, self.undone, self.record)
        with closed_on_error(self.target, self.ended):
            yield

    def ended(self, state: RunState, explanation: str = "") -> RunRecord:
        """The undo's entry in the registry as it ends now."""
        counts = {what.value: count for what, count in self.tally.counts.items()}
        return self.record.ended(state, self.clock.now(), explanation=explanation, counts=counts)

    def report(self) -> UndoReport:
        """What came of it; of one that writes nothing, what would."""
        return UndoReport(
            run_id=self.record.run_id if self.writes else "",
            undone_run=self.undone.run_id,
            undone_kind=self.undone.kind,
            undone_by=self.undone.undone_by,
            dry_run=self.request.dry_run,
            queue=self.record.queue,
            operator=self.record.operator,
            reason=self.record.reason,
            started_at=self.record.started_at,
            finished_at=self.clock.now(),
            counts=self.tally.counts,
            kept=kept_items(self.tally.kept),
        )


def prepare(request: UndoRequest) -> Undoing:
    """Find the run and decide what can be taken back of it; nothing is touched yet.

    Raises:
        UsageError: there is no such run, it cannot be undone, or no reason is given.
        SettingsError: no usable tracking key: without it nobody can tell what the run wrote.
        TransientError: MongoDB cannot be reached.
    """
    settings = read_settings()
    settings.require_tracking_key()
    retries = Retries(settings)
    run = retries.around(find_run)(Target(settings.queue), request.run_id)
    require_reason(request)
    return Undoing(request, run, settings, retries)


def rehearse(undoing: Undoing) -> State[UndoReport]:
    """Say what would be taken back."""
    undoing.tally.took_back(undoing.outlook.decided.undos)
    undoing.tally.detached(len(undoing.outlook.applications))
    report = undoing.report()
    return ends_with(report, report.headline)


def give_account(undoing: Undoing) -> State[UndoReport]:
    """Write the report, close the undo, and note it on the run that it took back."""
    report = undoing.report()
    undoing.do(write_undo, undoing.target, report)
    record = sealed(undoing.retries, undoing.target, undoing.ended(RunState.COMPLETED))
    undoing.do(close_undo, undoing.target, record, undoing.undone.run_id)
    show_undo(report)
    return ends_with(report, report.headline)


def _new_record(request: UndoRequest, undone: RunRecord, target: Target, settings: Settings) -> RunRecord:
    outside = adapters(target)
    return begun(
        "undo",
        outside.clock.now(),
        queue=undone.queue,
        operator=request.operator or settings.operator,
        reason=request.reason,
        code_version=outside.code_version,
        parameters={"run_id": undone.run_id},
    )
