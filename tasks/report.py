"""The tasks that write a run's report and show its summary in Prefect."""

from __future__ import annotations

from collections.abc import Iterable

from prefect.artifacts import create_link_artifact, create_markdown_artifact, create_table_artifact

from reclaim.adapters.bootstrap import Ports
from reclaim.model.fingerprint import document_sha256
from reclaim.model.ledger import LedgerEntry
from reclaim.reports.markdown import causes_table, summary_markdown
from reclaim.reports.model import RunReport
from reclaim.reports.survey import Survey, survey
from reclaim.reports.writer import write_report
from tasks.retrying import step


@step
def survey_ledger(ports: Ports, run_id: str) -> Survey:
    """What the run's ledger entries add up to."""
    return survey(ports.ledger.of_run(run_id))


@step
def write_files(ports: Ports, report: RunReport, *, with_messages: bool) -> dict[str, str]:
    """The report's folder; SHA-256 by file. Without its messages when the ledger cannot be read."""
    entries: Iterable[LedgerEntry] = ports.ledger.of_run(report.run_id) if with_messages else ()
    identities: dict[str, str | None] = {}
    written: dict[str, str] = {}
    for record in ports.records.recovered_by(report.run_id) if with_messages else ():
        identities[record.record_key] = record.identity
        if record.recovery and record.document:
            written[record.recovery.message_id] = document_sha256(record.document)
    return write_report(report, entries, ports.reports.folder(report.run_id), identities.get, written.get)


@step
def publish_report(ports: Ports, run_id: str) -> str:
    """Take the folder to where reports are kept; where its page is."""
    return ports.reports.publish(run_id)


@step
def show_summary(report: RunReport, page: str) -> None:
    """Artifacts for the Prefect UI. They are the summary; the files are the record."""
    key = f"recovery-{report.run_id}".lower()
    create_markdown_artifact(summary_markdown(report), key=f"{key}-summary", description="What the run did")
    create_table_artifact(causes_table(report), key=f"{key}-causes", description="Messages by cause")
    create_link_artifact(page if "://" in page else f"file://{page}", link_text="The full report", key=f"{key}-report")
