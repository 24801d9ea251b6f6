"""The tasks of an undo: look, take clients back, put messages back, close."""

from __future__ import annotations

from collections.abc import Sequence

from prefect.artifacts import create_markdown_artifact

from reclaim.adapters.bootstrap import Ports
from reclaim.files import arriving
from reclaim.model.run import RunRecord
from reclaim.runs.liveness import is_alive
from reclaim.undo import attributions, steps
from reclaim.undo.model import UndoReport
from reclaim.undo.scope import BACKFILL, require_alone, run_to_undo
from reclaim.undo.steps import Decided, Note, UndoStores
from reclaim.undo.values import Kept, Undo
from tasks.retrying import step
from tasks.run import interrupt

UNDO_JSON = "undo.json"


class Outlook:
    """What can be undone of a run, and what not. A plain class: the orchestrator may leave it alone."""

    __slots__ = ("applications", "decided")

    def __init__(self, decided: Decided, applications: Sequence[str] = ()) -> None:
        self.decided = decided
        self.applications = tuple(applications)


@step
def find_run(ports: Ports, run_id: str) -> RunRecord:
    """The run to undo, if it can be undone at all."""
    return run_to_undo(run_id, ports.runs, ports.clock.now())


@step
def look_ahead(ports: Ports, run: RunRecord) -> Outlook:
    """Decide everything that the run left; changes nothing."""
    if run.kind == BACKFILL:
        free, kept = attributions.look(ports.attributions, run.run_id)
        return Outlook(Decided(kept=kept), free)
    return Outlook(steps.look(_stores(ports), run))


@step
def open_undo(ports: Ports, undone: RunRecord, record: RunRecord) -> None:
    """Reach the queue, make sure that nobody else works on it, and enter the undo into the registry."""
    ports.queue.depth()
    now = ports.clock.now()
    for found in ports.runs.running():
        if found.run_id != record.run_id and not is_alive(found, now):
            interrupt(ports, found)
    require_alone(undone, ports.runs, now)
    ports.runs.begin(record)


@step
def take_back(ports: Ports, record: RunRecord, message_ids: Sequence[str]) -> Decided:
    """What these messages did to clients, as far as nothing has changed it since; read back."""
    ports.runs.beat(record.run_id, ports.clock.now())
    return steps.take_back(_stores(ports), message_ids)


@step
def put_back(ports: Ports, record: RunRecord, decided: Decided) -> list[Kept]:
    """These messages into the queue, with their attributes, and a note of that into the ledger."""
    note = Note(record.run_id, ports.clock.now(), record.operator, record.reason)
    kept = steps.put_back(ports.ledger, ports.resolutions, ports.sender, decided.undos, note)
    _log(ports, record.run_id, decided.undos, kept)
    return kept


@step
def detach(ports: Ports, record: RunRecord, run_id: str, application_ids: Sequence[str]) -> tuple[int, list[Kept]]:
    """Tracking IDs off the applications that a backfill gave them to."""
    ports.runs.beat(record.run_id, ports.clock.now())
    return attributions.detach(ports.attributions, run_id, application_ids)


@step
def write_undo(ports: Ports, report: UndoReport) -> None:
    """The report's file."""
    folder = ports.reports.folder(report.run_id)
    folder.mkdir(parents=True, exist_ok=True)
    with arriving(folder / UNDO_JSON) as path:
        path.write_text(report.to_json())


@step
def close_undo(ports: Ports, record: RunRecord, undone_run: str) -> None:
    """The undo's account into the registry, and a note of it onto the run that it took back.

    Undos of that run that died before have nothing left to do either.
    """
    ports.runs.save(record)
    for died in ports.runs.interrupted(record.queue):
        if (died.kind, died.parameters.get("run_id")) == (record.kind, undone_run):
            ports.runs.save(died.model_copy(update={"closed_by": record.run_id}))
    if undone := ports.runs.get(undone_run):
        ports.runs.save(undone.model_copy(update={"undone_by": record.run_id}))
    ports.reports.publish(record.run_id)


@step
def show_undo(report: UndoReport) -> None:
    """The summary in the Prefect UI."""
    rows = [f"| {what.value} | {count:,} |" for what, count in report.counts.items()]
    markdown = "\n".join([f"# {report.headline}", "", "| what | count |", "|---|---:|", *rows])
    create_markdown_artifact(markdown, key=f"undo-{report.run_id}".lower(), description="What the undo did")


def _stores(ports: Ports) -> UndoStores:
    key = ports.tracking_key
    return UndoStores(ports.records, ports.ledger, ports.reversals, key)


def _log(ports: Ports, run_id: str, undos: Sequence[Undo], kept: Sequence[Kept]) -> None:
    not_these = {one.subject for one in kept}
    lines = (
        {"message_id": one.message_id, "record_key": one.record_key} for one in undos if one.message_id not in not_these
    )
    ports.event_log(run_id).write(run_id, "undone", ports.clock.now(), lines)
