"""The tasks of an undo: decide, take records back, send messages again, report."""

from __future__ import annotations

from collections.abc import Sequence

from prefect.artifacts import create_markdown_artifact

from reclaim.adapters.bootstrap import Ports
from reclaim.exposure.holding import require_contract
from reclaim.files import arriving
from reclaim.model.run import RunRecord
from reclaim.runs.closing import interrupt_dead_runs
from reclaim.undo import attributions, steps
from reclaim.undo.model import KeptItem, Undo, UndoReport
from reclaim.undo.scope import BACKFILL, require_alone, run_to_undo
from reclaim.undo.steps import UndoDecisions, UndoNote, UndoStores
from tasks.retrying import step

UNDO_JSON = "undo.json"


class UndoPlan:
    """What can be undone of a run, and what not. A plain class, which the orchestrator does not look into.

    Attributes:
        decisions: about the run's messages.
        applications: those that can lose the identity that a backfill gave them.
    """

    __slots__ = ("applications", "decisions")

    def __init__(self, decisions: UndoDecisions, applications: Sequence[str] = ()) -> None:
        self.decisions = decisions
        self.applications = tuple(applications)


@step
def find_run(ports: Ports, run_id: str) -> RunRecord:
    """The run to undo, if it can be undone at all."""
    return run_to_undo(run_id, ports.runs, ports.contract, ports.clock.now())


@step
def plan_undo(ports: Ports, run: RunRecord) -> UndoPlan:
    """Decide about everything that the run left; changes nothing."""
    if run.kind == BACKFILL:
        free, kept = attributions.decide_backfill(ports.attributions, run.run_id, ports.contract.words)
        return UndoPlan(UndoDecisions(kept=kept), free)
    return UndoPlan(steps.decide_run(_stores(ports), run))


@step
def open_undo(ports: Ports, undone: RunRecord, record: RunRecord) -> None:
    """Reach the queue, refuse to share it with another run, and enter the undo into the registry."""
    require_contract(ports.queue, ports.contract)
    ports.queue.depth()
    now = ports.clock.now()
    interrupt_dead_runs(ports.runs, ports.ledger, record.run_id, now)
    require_alone(undone, ports.runs, now)
    ports.runs.begin(record)


@step
def take_back(ports: Ports, record: RunRecord, message_ids: Sequence[str]) -> UndoDecisions:
    """What these messages did to records, as far as nothing has changed it since; read back."""
    ports.runs.beat(record.run_id, ports.clock.now())
    return steps.take_back(_stores(ports), message_ids)


@step
def return_messages(ports: Ports, record: RunRecord, decisions: UndoDecisions) -> list[KeptItem]:
    """These messages into the queue, with their attributes, and a note of that into the ledger."""
    note = UndoNote(record.run_id, ports.clock.now(), record.operator, record.reason)
    kept = steps.return_messages(ports.ledger, ports.resolutions, ports.sender, decisions.undos, note)
    _log(ports, record.run_id, decisions.undos, kept)
    return kept


@step
def detach(ports: Ports, record: RunRecord, run_id: str, application_ids: Sequence[str]) -> tuple[int, list[KeptItem]]:
    """Identities off the applications that a backfill gave them to."""
    ports.runs.beat(record.run_id, ports.clock.now())
    return attributions.detach(ports.attributions, run_id, application_ids, ports.contract.words)


@step
def write_undo(ports: Ports, report: UndoReport) -> None:
    """The report's file."""
    folder = ports.reports.folder(report.run_id)
    folder.mkdir(parents=True, exist_ok=True)
    with arriving(folder / UNDO_JSON) as path:
        path.write_text(report.to_json())


@step
def note_undone(ports: Ports, record: RunRecord, undone_run: str) -> None:
    """Note the undo on the run that it took back, and close undos of that run that were interrupted."""
    for died in ports.runs.interrupted(record.queue):
        if (died.kind, died.parameters.get("run_id")) == (record.kind, undone_run):
            ports.runs.save(died.model_copy(update={"closed_by": record.run_id}))
    if undone := ports.runs.get(undone_run):
        ports.runs.save(undone.model_copy(update={"undone_by": record.run_id}))


@step
def show_undo(report: UndoReport) -> None:
    """The summary in the Prefect UI."""
    rows = [f"| {what.value} | {count:,} |" for what, count in report.counts.items()]
    markdown = "\n".join([f"# {report.headline}", "", "| what | count |", "|---|---:|", *rows])
    create_markdown_artifact(markdown, key=f"undo-{report.run_id}".lower(), description="What the undo did")


def _stores(ports: Ports) -> UndoStores:
    return UndoStores(ports.contract, ports.records, ports.ledger, ports.reversals, ports.tracking_key)


def _log(ports: Ports, run_id: str, undos: Sequence[Undo], kept: Sequence[KeptItem]) -> None:
    not_these = {one.id for one in kept}
    lines = (
        {"message_id": one.message_id, "record_key": one.record_key} for one in undos if one.message_id not in not_these
    )
    ports.event_log(run_id).write(run_id, "undone", ports.clock.now(), lines)
