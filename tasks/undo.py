"""The tasks of an undo: look, take clients back, put messages back, close."""

from __future__ import annotations

from collections.abc import Sequence

from prefect.artifacts import create_markdown_artifact

from reclaim.adapters.bootstrap import Adapters, Target, adapters
from reclaim.files import arriving
from reclaim.model.run import RunRecord
from reclaim.runs.liveness import is_alive
from reclaim.undo import attributions, steps
from reclaim.undo.model import UndoReport
from reclaim.undo.scope import BACKFILL, require_alone, run_to_undo
from reclaim.undo.steps import Decided, Note, Record
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
def find_run(target: Target, run_id: str) -> RunRecord:
    """The run to undo, if it can be undone at all."""
    outside = adapters(target)
    return run_to_undo(run_id, outside.runs, outside.clock.now())


@step
def look_ahead(target: Target, run: RunRecord) -> Outlook:
    """Decide everything that the run left; changes nothing."""
    outside = adapters(target)
    if run.kind == BACKFILL:
        free, kept = attributions.look(outside.attributions, run.run_id)
        return Outlook(Decided(kept=kept), free)
    return Outlook(steps.look(_record(outside), run))


@step
def open_undo(target: Target, undone: RunRecord, record: RunRecord) -> None:
    """Reach the queue, make sure that nobody else works on it, and enter the undo into the registry."""
    outside = adapters(target)
    outside.queue.depth()
    now = outside.clock.now()
    for found in outside.runs.running():
        if found.run_id != record.run_id and not is_alive(found, now):
            interrupt(outside, found)
    require_alone(undone, outside.runs, now)
    outside.runs.begin(record)


@step
def take_back(target: Target, record: RunRecord, message_ids: Sequence[str]) -> Decided:
    """What these messages did to clients, as far as nothing has changed it since; read back."""
    outside = adapters(target)
    outside.runs.beat(record.run_id, outside.clock.now())
    return steps.take_back(_record(outside), message_ids)


@step
def put_back(target: Target, record: RunRecord, decided: Decided) -> list[Kept]:
    """These messages into the queue, with their attributes, and a note of that into the ledger."""
    outside = adapters(target)
    note = Note(record.run_id, outside.clock.now(), record.operator, record.reason)
    kept = steps.put_back(outside.ledger, outside.resolutions, outside.sender, decided.undos, note)
    _log(outside, record.run_id, decided.undos, kept)
    return kept


@step
def detach(target: Target, record: RunRecord, run_id: str, application_ids: Sequence[str]) -> tuple[int, list[Kept]]:
    """Tracking IDs off the applications that a backfill gave them to."""
    outside = adapters(target)
    outside.runs.beat(record.run_id, outside.clock.now())
    return attributions.detach(outside.attributions, run_id, application_ids)


@step
def write_undo(target: Target, report: UndoReport) -> None:
    """The report's file."""
    folder = adapters(target).reports.folder(report.run_id)
    folder.mkdir(parents=True, exist_ok=True)
    with arriving(folder / UNDO_JSON) as path:
        path.write_text(report.to_json())


@step
def close_undo(target: Target, record: RunRecord, undone_run: str) -> None:
    """The undo's account into the registry, and a note of it onto the run that it took back.

    Undos of that run that died before have nothing left to do either.
    """
    outside = adapters(target)
    outside.runs.save(record)
    for died in outside.runs.interrupted(record.queue):
        if (died.kind, died.parameters.get("run_id")) == (record.kind, undone_run):
            outside.runs.save(died.model_copy(update={"closed_by": record.run_id}))
    if undone := outside.runs.get(undone_run):
        outside.runs.save(undone.model_copy(update={"undone_by": record.run_id}))
    outside.reports.publish(record.run_id)


@step
def show_undo(report: UndoReport) -> None:
    """The summary in the Prefect UI."""
    rows = [f"| {what.value} | {count:,} |" for what, count in report.counts.items()]
    markdown = "\n".join([f"# {report.headline}", "", "| what | count |", "|---|---:|", *rows])
    create_markdown_artifact(markdown, key=f"undo-{report.run_id}".lower(), description="What the undo did")


def _record(outside: Adapters) -> Record:
    key = outside.settings.require_tracking_key()
    return Record(outside.clients, outside.ledger, outside.reversals, key)


def _log(outside: Adapters, run_id: str, undos: Sequence[Undo], kept: Sequence[Kept]) -> None:
    not_these = {one.subject for one in kept}
    lines = (
        {"message_id": one.message_id, "client_id": one.client_id} for one in undos if one.message_id not in not_these
    )
    outside.event_log(run_id).write(run_id, "undone", outside.clock.now(), lines)
