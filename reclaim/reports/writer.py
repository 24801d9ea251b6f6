"""The report's folder: every file whole or not there, and its fingerprint."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from pydantic import ValidationError

from reclaim.files import arriving, fingerprints
from reclaim.model.errors import UsageError
from reclaim.reports.html import render_html
from reclaim.reports.message_files import MESSAGES_CSV, MESSAGES_PARQUET, MessageRows, message_files
from reclaim.reports.model import RunReport

REPORT_JSON: Final = "report.json"
REPORT_HTML: Final = "report.html"


def write_report(report: RunReport, folder: Path) -> dict[str, str]:
    """Write `report.json` and `report.html` into `folder`, which is made where it is missing.

    The message files are there already, see `reclaim.reports.message_files`; where the ledger could not be read, they
    are written without rows. What else is in the folder (such as ``validation/``) is left alone.

    Returns:
        SHA-256 (hexadecimal) by relative name of every file now in the folder, the manifest apart.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if not all((folder / name).exists() for name in (MESSAGES_CSV, MESSAGES_PARQUET)):
        with message_files(folder, MessageRows()):
            pass
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
        raise UsageError(f"{source} is not a report that this version can read.", next_step) from error
