"""`reclaim undo`: take a run back."""

from __future__ import annotations

import sys
from typing import Any

import click
from rich.console import Console
from rich.markup import escape
from rich.status import Status
from rich.table import Table

from reclaim.adapters.bootstrap import open_ports
from reclaim.cli import options
from reclaim.cli.running import run_flow
from reclaim.contracts.contract import Words
from reclaim.model.run import RunRecord
from reclaim.requests import UndoRequest
from reclaim.settings import read_settings
from reclaim.undo.model import UndoReport, effect_meanings
from reclaim.undo.scope import require_reason, run_to_undo

_SHOWN = 20


@click.command(epilog="Example: reclaim undo run-20261120T081530-ab12cd --dry-run, then: … --reason INC-4711")
@click.argument("run_id", metavar="RUN_ID")
@options.queue
@click.option("--dry-run", is_flag=True, help="Say what would be undone and what not; write nothing.")
@click.option("--operator", help="Who runs this, instead of RECLAIM_OPERATOR.")
@click.option("--reason", default="", help="Why; kept with the undo. Needed unless it is a dry run.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@options.as_json
def undo(*, yes: bool, as_json: bool, **asked: Any) -> int:  # noqa: ANN401  (the options above, by name)
    """Take a run back: remove or restore what it wrote, where nothing has changed it since.

    Its messages go back into the dead-letter queue with their attributes. What has been changed, charged or attributed
    since stays, is listed with the reason, and makes the exit code 2. What SQS itself attached to a message cannot be
    sent again: it gets a new ID, and its age and receive count start again; what they were is in the ledger.
    """
    options.require_stack()
    request = UndoRequest(**asked)
    ports = open_ports(read_settings(), request.queue or "")
    run = run_to_undo(request.run_id, ports.runs, ports.contract, ports.clock.now())
    require_reason(request)
    if not (yes or as_json or request.dry_run) and sys.stdin.isatty():
        click.confirm(_question(run), abort=True, err=True)
    report = run_undo(request, quiet=as_json)
    if as_json:
        click.echo(report.to_json(), nl=False)
    else:
        show(report, ports.contract.words)
    return report.exit_code


def run_undo(request: UndoRequest, *, quiet: bool = False) -> UndoReport:
    """Run the flow here and now; its report.

    Raises:
        ReclaimError: the run cannot be undone, or something outside was unavailable for too long.
    """
    with Status("Undoing …", console=Console(stderr=True, quiet=quiet)):
        from flows.support.ending import result_of  # noqa: PLC0415  (Prefect takes seconds to import)
        from flows.undo import undo as undo_flow  # noqa: PLC0415

        return run_flow(lambda: result_of(undo_flow, request))


def show(report: UndoReport, words: Words) -> None:
    """The report for people."""
    console = Console(highlight=False)
    console.print(f"[bold]{escape(report.headline)}[/]\n")
    counts = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    counts.add_column(justify="right")
    meanings = effect_meanings(words)
    for effect, count in report.counts.items():
        if count:
            counts.add_row(f"{count:,}", meanings[effect])
    console.print(counts)
    if report.kept:
        console.print()
        console.print(_kept_table(report, words))
    if report.run_id:
        console.print(f"\n{report.run_id}", style="dim")


def _kept_table(report: UndoReport, words: Words) -> Table:
    table = Table(words.record, "ID", "why it stays", box=None, padding=(0, 2, 0, 0))
    table.columns[1].no_wrap = True
    for one in report.kept[:_SHOWN]:
        table.add_row(escape(one.record_key or ""), escape(one.id), escape(one.detail))
    if len(report.kept) > _SHOWN:
        table.add_row("…", "", f"and {len(report.kept) - _SHOWN:,} more: see --json")
    return table


def _question(run: RunRecord) -> str:
    counts = ", ".join(f"{count:,} {name}" for name, count in run.counts.items() if count)
    return f"Undo run {run.run_id} of {run.started_at:%Y-%m-%d %H:%M} UTC ({counts or 'nothing counted'})?"
