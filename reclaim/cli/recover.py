"""`reclaim recover`: a recovery run, watched from the terminal."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from reclaim.cli import options
from reclaim.cli.running import run_drain, show_result
from reclaim.requests import MAX_LANES, RecoverRequest
from reclaim.settings import read_settings


@click.command(epilog="Example: reclaim recover --dry-run, then: reclaim recover --reason INC-4711")
@options.queue
@click.option("--dry-run", is_flag=True, help="Decide everything, write and delete nothing, put every message back.")
@click.option("--max-messages", type=click.IntRange(min=1), help="Maximum messages; then the run ends.")
@click.option("--rate", type=click.FloatRange(min=0, min_open=True), help="Most messages per second.")
@click.option("--lanes", type=click.IntRange(1, MAX_LANES), help="Batches in flight at once.")
@click.option("--batch-size", type=click.IntRange(1, 5000), help="Messages per batch, after the canaries.")
@click.option("--operator", help="Who runs this, instead of RECLAIM_OPERATOR.")
@click.option("--reason", default="", help="Why; kept with the run.")
@click.option("--approver", metavar="NAME", help="Who else agrees; needed above RECLAIM_APPROVAL_MESSAGES or _MONEY.")
@click.option(
    "--override-preflight", metavar="REASON", help="Start although the preflight fails, and why; kept with the run."
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@options.as_json
def recover(*, yes: bool, as_json: bool, **asked: Any) -> int:  # noqa: ANN401  (the options above, by name)
    """Recover every record that the dead-letter queue holds, and account for every message.

    Messages are taken in batches (1, 2, 5, 20, then full ones), written to MongoDB, read back, and only then
    deleted. Run it again at any time: what is done stays done.
    """
    options.require_stack()
    settings = read_settings()
    settings.require_tracking_key()
    request = RecoverRequest(**asked)
    if not (yes or as_json or request.dry_run) and sys.stdin.isatty():
        click.confirm(
            f"Recover {request.queue or settings.queue} into {settings.mongo_database}?", abort=True, err=True
        )
    report = run_drain("flows.recover:recover", request, quiet=as_json)
    show_result(report, Path(settings.reports_url), as_json=as_json)
    return report.exit_code
