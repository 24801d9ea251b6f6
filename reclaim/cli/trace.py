"""`reclaim trace`: the steps of one message, or of every message of one record."""

from __future__ import annotations

from collections.abc import Iterator

import click
import orjson
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from reclaim.adapters.bootstrap import open_ports
from reclaim.cli import options
from reclaim.cli.quarantine_views import released_from, resolved
from reclaim.contracts.contract import Contract, value_at
from reclaim.model.errors import UsageError
from reclaim.model.ledger import LedgerEntry
from reclaim.model.record import Record
from reclaim.reports.trace import reached_steps
from reclaim.reports.trace import trace as find_trace
from reclaim.settings import read_settings
from reclaim.text.printable import one_line


@click.command(epilog="Example: reclaim trace 2f6c1d6e-9b7f-4c39-8f0e-1f2a3b4c5d6e")
@click.argument("identifier", metavar="ID")
@options.queue
@options.as_json
def trace(*, identifier: str, queue: str | None, as_json: bool) -> None:
    """Show every step of a message (by SQS message ID) or of the messages of a record (by its key)."""
    options.require_stack()
    ports = open_ports(read_settings(), queue or "")
    contract = ports.contract
    found = find_trace(identifier, contract, ports.ledger, ports.records)
    if found is None:
        raise UsageError(
            f"Neither the ledger nor the {contract.words.records} know {identifier}.",
            f"Give an SQS message ID or the ID of one of the {contract.words.records}.",
        )
    if as_json:
        # A document holds values of any kind where others wrote them.
        click.echo(orjson.dumps(found.as_dict(), default=str, option=orjson.OPT_INDENT_2))
        return
    console = Console(highlight=False)
    if found.record:
        console.print("\n".join(_record_lines(found.record, contract)), soft_wrap=True)
    for entry in found.entries:
        console.print()
        console.print(_entry_table(entry))


def _record_lines(record: Record, contract: Contract) -> Iterator[str]:
    yield f"[bold]{escape(one_line(record.record_key))}[/]"
    by = f", {record.recovery.origin.value} by {escape(one_line(record.recovery.run_id))}" if record.recovery else ""
    yield f"{contract.words.identity}  {escape(one_line(str(record.identity or 'none')))}{by}"
    for leaf in contract.document_fields:
        value = value_at(record.fields, leaf.path)
        if value is not None:
            yield f"{leaf.path}  {escape(one_line(str(value)))}"


def _entry_table(entry: LedgerEntry) -> Table:
    outcome = f"{entry.outcome.value}: {entry.cause.value}" if entry.outcome and entry.cause else "not settled yet"
    title = f"{escape(one_line(entry.message_id))}  {outcome}"
    table = Table("step", "at (UTC)", "after", title=title, title_justify="left", box=None)
    table.columns[2].justify = "right"
    for step, at, gap in reached_steps(entry):
        table.add_row(step, f"{at:%Y-%m-%d %H:%M:%S}.{at.microsecond // 1000:03}", f"{gap:,.0f} ms")
    notes = [one_line(note) for note in (entry.detail, released_from(entry), resolved(entry)) if note]
    if notes:
        table.caption, table.caption_justify = escape("\n".join(notes)), "left"
    return table
