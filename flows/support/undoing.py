"""What belongs to one undo while it runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from flows.support.context import RunContext, new_record
from reclaim.adapters.bootstrap import Ports
from reclaim.model.batched import batched
from reclaim.model.run import RunRecord, RunState
from reclaim.requests import UndoRequest
from reclaim.undo.model import UndoReport, UndoTotals
from reclaim.undo.steps import UndoDecisions
from tasks.undo import UndoPlan


def undo_record(request: UndoRequest, undone: RunRecord, ports: Ports) -> RunRecord:
    """The registry's entry of an undo that begins now."""
    return new_record(
        "undo", ports, request.operator, request.reason, queue=undone.queue, parameters={"run_id": undone.run_id}
    )


class UndoContext(RunContext):
    """An undo in progress.

    Attributes:
        undone: the run that is taken back.
        totals: what was taken back so far, and what cannot be.
    """

    def __init__(self, ports: Ports, record: RunRecord, request: UndoRequest, undone: RunRecord) -> None:
        super().__init__(ports, record)
        self.request = request
        self.undone = undone
        self.totals = UndoTotals()
        self._plan = UndoPlan(UndoDecisions())

    def plan(self, plan: UndoPlan) -> None:
        """Take note of what can be taken back, and of what cannot."""
        self._plan = plan
        self.totals.add_kept(plan.decisions.kept)

    @property
    def writes(self) -> bool:
        """Whether there is anything to be done, and it is to be done."""
        found = self._plan.decisions.undos or self._plan.applications
        return bool(found) and not self.request.dry_run

    def message_batches(self) -> Iterator[Sequence[str]]:
        """The messages to be taken back, in the order in which the run received them."""
        return batched([undo.message_id for undo in self._plan.decisions.undos], self.ports.settings.batch_size)

    def application_batches(self) -> Iterator[Sequence[str]]:
        """The applications to lose their identity."""
        return batched(self._plan.applications, self.ports.settings.batch_size)

    def foreseen(self) -> tuple[UndoReport, str]:
        """What would be taken back, and that in a sentence."""
        self.totals.add_undone(self._plan.decisions.undos)
        self.totals.add_detached(len(self._plan.applications))
        report = self.report()
        return report, report.headline

    def ended(self, state: RunState, explanation: str = "") -> RunRecord:
        """The undo's entry in the registry as it ends now."""
        counts = {what.value: count for what, count in self.totals.counts.items()}
        return self.record.ended(state, self.clock.now(), explanation=explanation, counts=counts)

    def report(self) -> UndoReport:
        """What came of it; of one that writes nothing, what would."""
        return UndoReport(
            run_id=self.run_id if self.writes else "",
            undone_run=self.undone.run_id,
            undone_kind=self.undone.kind,
            undone_by=self.undone.undone_by,
            dry_run=self.request.dry_run,
            queue=self.record.queue,
            operator=self.record.operator,
            reason=self.record.reason,
            started_at=self.record.started_at,
            finished_at=self.clock.now(),
            counts=self.totals.counts,
            kept=self.totals.kept,
        )
