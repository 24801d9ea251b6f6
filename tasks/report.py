"""The tasks that read what a run left, write its report, and show its summary in Prefect."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from prefect.artifacts import create_link_artifact, create_markdown_artifact, create_table_artifact

from reclaim.adapters.bootstrap import Ports
from reclaim.model.errors import TransientError
from reclaim.model.run import RunRecord
from reclaim.ports import Queue, RunFrames
from reclaim.reports.markdown import causes_table, summary_markdown
from reclaim.reports.message_files import MessageRows, Provenance, RecoveredRecords, message_files
from reclaim.reports.model import RunReport
from reclaim.reports.survey import Survey, Surveyor, passed_through
from reclaim.reports.writer import write_report
from tasks.retrying import step


@dataclass(frozen=True, slots=True)
class RunRead:
    """What one read of the run's records and ledger entries gave.

    Attributes:
        survey: what the entries add up to.
        frames: what the validator keeps of both.
    """

    survey: Survey
    frames: RunFrames


@step
def read_run(ports: Ports, run: RunRecord) -> RunRead:
    """Read the run's records once and its ledger entries once; its message files are written meanwhile."""
    records = list(ports.records.recovered_by(run.run_id))
    rows = MessageRows(
        identity_field=ports.contract.identity_field,
        recovered=RecoveredRecords.of(records),
        provenance=Provenance(run.operator, run.approver, run.reason, run.code_version),
        retention=_retention(ports.queue),
    )
    surveyor = Surveyor()
    with message_files(ports.reports.folder(run.run_id), rows) as files:
        entries = passed_through(ports.ledger.of_run(run.run_id), surveyor, files)
        frames = ports.validator.run_frames(records, entries, ports.contract, ports.tracking_key)
        for _ in entries:  # a validator need not read them all; the others need every one
            pass
    return RunRead(surveyor.survey(), frames)


def _retention(queue: Queue) -> timedelta | None:
    """None where the queue does not answer: that a deadline is missing must not cost the run its report."""
    try:
        return queue.retention()
    except TransientError:
        return None


@step
def write_report_files(ports: Ports, report: RunReport) -> dict[str, str]:
    """The report beside its message files; SHA-256 by file."""
    return write_report(report, ports.reports.folder(report.run_id))


@step
def publish(ports: Ports, run_id: str, page: str) -> str:
    """Take the folder to where reports are kept; where its `page` is."""
    return ports.reports.publish(run_id, page)


@step
def show_summary(report: RunReport, page: str) -> None:
    """Artifacts for the Prefect UI. They are the summary; the files are the record."""
    key = f"recovery-{report.run_id}".lower()
    create_markdown_artifact(summary_markdown(report), key=f"{key}-summary", description="What the run did")
    create_table_artifact(causes_table(report), key=f"{key}-causes", description="Messages by cause")
    link_to_report(page, key)


def link_to_report(page: str, key: str) -> None:
    """The artifact that leads to a report's `page`, a path or URL; the artifacts of one run begin with `key`."""
    create_link_artifact(page if "://" in page else f"file://{page}", link_text="The full report", key=f"{key}-report")
