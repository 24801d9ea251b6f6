"""`reclaim report`: a run's report again, from its data."""

from __future__ import annotations

from pathlib import Path

import click

from reclaim.adapters.report_store import ReportStore
from reclaim.cli import options
from reclaim.cli.running import show_result
from reclaim.reports.writer import load_report, render_again
from reclaim.settings import read_settings


@click.command(epilog="Example: reclaim report run-20261120T081530-1a2b3c")
@click.argument("run_id")
@options.as_json
def report(*, run_id: str, as_json: bool) -> None:
    """Render a run's report again from its report.json, and print its summary."""
    settings = read_settings()
    store = ReportStore(settings.reports_url)
    found = load_report(store.fetch(run_id))
    render_again(found, store.folder(run_id))
    store.publish(run_id)
    show_result(found, Path(settings.reports_url), as_json=as_json)
