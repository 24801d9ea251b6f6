"""The report's folder: every file whole or not there, and its fingerprint."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from reclaim.files import arriving, fingerprints
from reclaim.model.errors import UsageError
from reclaim.model.ledger import LedgerEntry
from reclaim.reports.html import render_html
from reclaim.reports.message_files import write_messages
from reclaim.reports.messages import Identities, Provenance, Written, rows
from reclaim.reports.model import RunReport

REPORT_JSON: Final = "report.json"
REPORT_HTML: Final = "report.html"
MESSAGES_CSV: Final = "messages.csv"
MESSAGES_PARQUET: Final = "messages.parquet"


def write_report(
    report: RunReport,
    entries: Iterable[LedgerEntry],
    folder: Path,
    identities: Identities | None = None,
    written: Written | None = None,
) -> dict[str, str]:
    """Write the report's four files into `folder`, which is made where it is missing.

    Args:
        report: what the run found.
        entries: the run's messages, read once and never held all at once.
        folder: where; what else is in it (such as ``validation/``) is left alone.
        identities: looks up the tracking ID of a client; without it that column stays empty.
        written: looks up the fingerprint of what a message brought; likewise.

    Returns:
        SHA-256 (hexadecimal) by relative name of every file now in the folder, the manifest apart.
    """
    folder.mkdir(parents=True, exist_ok=True)
    provenance = Provenance(report.operator, report.approver, report.reason, report.code_version)
    retention = timedelta(seconds=report.outlook.retention_seconds) if report.outlook else None
    with (
        arriving(folder / MESSAGES_CSV) as csv_path,
        arriving(folder / MESSAGES_PARQUET) as parquet_path,
    ):
        write_messages(rows(entries, identities, written, provenance, retention), csv_path, parquet_path)
    return render_again(report, folder)


def render_again(report: RunReport, folder: Path) -> dict[str, str]:
    """Write `report.json` and `report.html` only; returns what `write_report` does."""
    for name, content in ((REPORT_JSON, report.to_json()), (REPORT_HTML, render_html(report).encode())):
        with arriving(folder / name) as path:
            path.write_bytes(content)
    return fingerprints(folder)


def load_report(path: Path) -> RunReport:
    """The report in `path`, a `report.json` or the folder that holds one.

    Raises:
        UsageError: there is none, or it is not one of this version's.
    """
    source = path / REPORT_JSON if path.is_dir() else path
    try:
        return RunReport.model_validate_json(source.read_bytes())
    except OSError as error:
        raise UsageError(f"There is no report at {path}.", "Check the run ID and the reports folder.") from error
    except ValidationError as error:
        next_step = "Render it with the version of Reclaim that wrote it."
        raise UsageError(f"{source} is no report this version can read.", next_step) from error
