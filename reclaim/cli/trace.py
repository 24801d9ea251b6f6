"""`reclaim trace`: one message's or client's way through every step."""

from __future__ import annotations

import click
import orjson
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from reclaim.adapters.bootstrap import Target, adapters
from reclaim.cli import options
from reclaim.cli.quarantine_views import released_from, resolved
from reclaim.model.errors import UsageError
from reclaim.model.ledger import LedgerEntry
from reclaim.model.record import Record
from reclaim.reports.trace import trace as find_trace
from reclaim.reports.trace import way
from reclaim.settings import read_settings
from reclaim.text.money import format_minor, is_currency
from reclaim.text.printable import one_line


@click.command(epilog="Example: reclaim trace cl_7_000042")
@click.argument("identifier", metavar="ID")
@options.queue
@options.as_json
def trace(*, identifier: str, queue: str | None, as_json: bool) -> None:
    """Show the way of a message (by SQS message ID) or of a client (by client ID) through every step."""
    options.require_stack()
    outside = adapters(Target(queue or read_settings().queue))
    found = find_trace(identifier, outside.ledger, outside.records)
    if found is None:
        raise UsageError(
            f"Neither the ledger nor the clients know {identifier}.", "Give an SQS message ID or a client ID."
        )
    if as_json:
        click.echo(orjson.dumps(found.as_dict(), option=orjson.OPT_INDENT_2))
        return
    console = Console(highlight=False)
    if found.record:
        console.print(_record_line(found.record))
    for entry in found.entries:
        console.print()
        console.print(_entry_table(entry))


def _record_line(record: Record) -> str:
    line = f"[bold]{escape(record.record_key)}[/]  {escape(record.name)}, {escape(record.country)}"
    if record.billing and is_currency(record.billing.currency):
        line += f", {format_minor(record.billing.rate_minor, record.billing.currency)} per application"
    line += f"\ntracking ID  {record.identity or 'none'}"
    if record.recovery:
        line += f", {record.recovery.origin.value} by {escape(record.recovery.run_id)}"
    return line


def _entry_table(entry: LedgerEntry) -> Table:
    verdict = f"{entry.outcome.value}: {entry.cause.value}" if entry.outcome and entry.cause else "not settled yet"
    table = Table("step", "at (UTC)", "after", title=f"{entry.message_id}  {verdict}", title_justify="left", box=None)
    table.columns[2].justify = "right"
    for step, at, gap in way(entry):
        table.add_row(step, f"{at:%Y-%m-%d %H:%M:%S}.{at.microsecond // 1000:03}", f"{gap:,.0f} ms")
    notes = [one_line(note) for note in (entry.detail, released_from(entry), resolved(entry)) if note]
    if notes:
        table.caption, table.caption_justify = escape("\n".join(notes)), "left"
    return table
