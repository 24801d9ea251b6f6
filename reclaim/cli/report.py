"""`reclaim report`: a run's report again, from its data."""

from __future__ import annotations

from pathlib import Path

import click

from reclaim.adapters.aws.report_store import ReportStore
from reclaim.cli import options
from reclaim.cli.running import show_result
from reclaim.files import MANIFEST_NAME
from reclaim.reports.writer import load_report, write_report
from reclaim.settings import read_settings


@click.command(epilog="Example: reclaim report run-20261120T081530-1a2b3c")
@click.argument("run_id")
@options.as_json
def report(*, run_id: str, as_json: bool) -> None:
    """Print a run's summary again, from its report.json.

    A folder that is sealed with a manifest is evidence and stays as it is; any other gets its page rendered again.
    """
    settings = read_settings()
    store = ReportStore(settings.reports_url)
    folder = store.fetch(run_id)
    found = load_report(folder)
    if not (folder / MANIFEST_NAME).exists():
        write_report(found, folder)
        store.publish(run_id)
    show_result(found, Path(settings.reports_url), as_json=as_json)
