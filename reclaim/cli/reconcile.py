"""`reclaim reconcile`: the revenue audit of one window."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.status import Status

from reclaim.cli import options
from reclaim.cli.running import run_flow
from reclaim.contracts.loading import load_contract
from reclaim.reconciliation.model import BACKDATING_DAYS, MAX_BACKDATING_DAYS, Reconciliation
from reclaim.reconciliation.request import ReconcileRequest, read_request
from reclaim.reports.revenue.terminal import shown
from reclaim.settings import read_settings

_PAGE = "reconciliation.html"


@click.command(epilog="Example: reclaim reconcile --from 2026-09-21 --to 2026-11-21 --json | jq .drift")
@click.option("--from", "from_", metavar="T", required=True, help="From this moment on: an ISO 8601 date or time.")
@click.option("--to", metavar="T", required=True, help="Before this moment.")
@click.option("--as-of", metavar="T", help="The moment against which lateness is measured.  [default: now]")
@click.option(
    "--backdating-days",
    type=click.IntRange(0, MAX_BACKDATING_DAYS),
    default=BACKDATING_DAYS,
    show_default=True,
    help="How far back the biller may still bill by itself.",
)
@click.option("--backfill", is_flag=True, help="Write tracking IDs to recovered clients' applications.")
@options.queue
@click.option("--operator", help="Who runs this, instead of RECLAIM_OPERATOR.")
@click.option("--reason", default="", help="Why; kept with the run.")
@options.as_json
def reconcile(*, as_json: bool, **asked: Any) -> int:  # noqa: ANN401  (the options above, by name)
    """Match what was applied for in a window with what was charged for it.

    Every application and every charge ends in one class, per currency, and the classes are set against totals that
    MongoDB counts by itself. Changes nothing, unless --backfill is given. Times are UTC unless they say otherwise.

    \b
    Exit codes: 0 all is matched, refunded or billable; 2 something needs a person: applications at risk, too late
    or mischarged, misapplied charges; 1 the classes do not balance.
    """  # noqa: D301  (click's mark for lines that stay as they are)
    request = read_request(**asked)
    settings = read_settings()
    load_contract(settings.contract).require_revenue()
    options.require_stack()
    reports = Path(settings.reports_url)
    found = _audit(request, quiet=as_json)
    if as_json:
        click.echo(found.to_json(), nl=False)
    else:
        console = Console(highlight=False)
        console.print(shown(found), soft_wrap=True)
        console.print(f"\nReport  {reports / found.run_id / _PAGE}", soft_wrap=True)
    return found.exit_code


def _audit(request: ReconcileRequest, *, quiet: bool) -> Reconciliation:
    console = Console(stderr=True, quiet=quiet)
    with Status("Starting …", console=console) as status:
        # Prefect takes seconds to import, and the status shows that something happens.
        from flows.reconcile import reconcile as audit  # noqa: PLC0415
        from flows.support.ending import result_of  # noqa: PLC0415

        with _watching(status):
            return run_flow(lambda: result_of(audit, request))


@contextmanager
def _watching(status: Status) -> Iterator[None]:
    from tasks.reconcile import observer  # noqa: PLC0415  (it brings Prefect with it)

    token = observer.set(lambda what, rows: status.update(f"Reading {what} … {rows:,}"))
    try:
        yield
    finally:
        observer.reset(token)
