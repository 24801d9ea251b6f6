"""`reclaim inspect`: what is in the dead-letter queue. Changes nothing."""

from __future__ import annotations

from datetime import UTC, datetime

import click
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from reclaim.adapters.bootstrap import Target, adapters
from reclaim.adapters.dry_run import HoldingQueue
from reclaim.adapters.looking import look_at_all
from reclaim.cli import options
from reclaim.inspection import Inspection, Inspector
from reclaim.letters import DeadLetter
from reclaim.money import format_minor
from reclaim.settings import read_settings


@click.command(name="inspect", epilog="Example: reclaim inspect --json | jq .causes")
@options.queue
@click.option(
    "--max-messages", type=click.IntRange(min=1), default=100_000, show_default=True, help="Look at no more than this."
)
@options.as_json
def inspect(*, queue: str | None, max_messages: int, as_json: bool) -> None:
    """Show what is in the dead-letter queue: by cause, what it is worth, and until when SQS keeps it.

    Messages are received, read and put back; only their receive count grows. MongoDB is not asked.
    """
    options.require_stack()
    settings = read_settings()
    outside = adapters(Target(queue or settings.queue, rehearsal="inspect"))
    held = outside.queue
    if not isinstance(held, HoldingQueue):
        raise TypeError("an inspection must not be able to delete")
    inspector, depth = Inspector(), held.depth()
    hold_seconds = 10 * settings.visibility_timeout_seconds
    console = Console(stderr=True)
    with Progress(console=console, disable=as_json or not console.is_terminal) as bar:
        row = bar.add_task("Looking", total=depth.total or None)

        def look(letters: list[DeadLetter]) -> None:
            inspector.look(letters)
            bar.advance(row, len(letters))

        look_at_all(held, max_messages, settings.wait_time_seconds, hold_seconds, look)
    inspection = inspector.result(held.name, datetime.now(UTC), depth, held.retention())
    if as_json:
        click.echo(inspection.model_dump_json(indent=2))
    else:
        show(inspection)


def show(found: Inspection) -> None:
    """The inspection for people."""
    console = Console(highlight=False)
    console.print(
        f"[bold]{found.queue}[/]  {found.depth.visible:,} visible, {found.depth.in_flight:,} in flight,"
        f" {found.depth.delayed:,} delayed; {found.seen:,} looked at, {found.repairable:,} repairable"
    )
    causes = Table("Cause", "Messages", box=None, pad_edge=False)
    causes.columns[1].justify = "right"
    for cause, count in found.causes.items():
        causes.add_row(cause.value, f"{count:,}")
    money = Table("Currency", "Clients", "One application of each", box=None, pad_edge=False)
    money.columns[1].justify = money.columns[2].justify = "right"
    for currency, worth in found.money.items():
        money.add_row(currency, f"{worth.clients:,}", format_minor(worth.rate_minor_total, currency))
    for table in (causes, money):
        if table.row_count:
            console.print()
            console.print(table)
    if found.first_deadline:
        console.print(f"\nSQS drops the first of them at {found.first_deadline:%Y-%m-%d %H:%M} UTC.")
