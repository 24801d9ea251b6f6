"""`reclaim ingest`: the repaired main process, from the source queue."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from reclaim.cli import options
from reclaim.cli.running import run_drain, show_result
from reclaim.requests import MAX_LANES, IngestRequest
from reclaim.settings import read_settings


@click.command(epilog="Example: reclaim ingest --max-messages 100")
@click.option("--queue", help="The source queue's name or URL, instead of RECLAIM_SOURCE_QUEUE.")
@click.option("--max-messages", type=click.IntRange(min=1), help="Maximum messages; then the run ends.")
@click.option("--rate", type=click.FloatRange(min=0, min_open=True), help="Most messages per second.")
@click.option("--lanes", type=click.IntRange(1, MAX_LANES), help="Batches in flight at once.")
@click.option("--batch-size", type=click.IntRange(1, 5000), help="Messages per batch, after the canaries.")
@click.option("--operator", help="Who runs this, instead of RECLAIM_OPERATOR.")
@click.option("--reason", default="", help="Why; kept with the run.")
@options.as_json
def ingest(*, as_json: bool, **asked: Any) -> int:  # noqa: ANN401  (the options above, by name)
    """Take what the source queue holds into MongoDB, each record with its identity.

    The same steps as a recovery's, so that an event without its identity never gets as far as the dead-letter queue.
    Ends when the queue is empty; a schedule runs it again.
    """
    options.require_stack()
    settings = read_settings()
    settings.require_tracking_key()
    report = run_drain("flows.ingest:ingest", IngestRequest(**asked), quiet=as_json)
    show_result(report, Path(settings.reports_url), as_json=as_json)
    return report.exit_code
