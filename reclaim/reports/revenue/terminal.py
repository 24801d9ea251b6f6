"""What an audit prints at its end: its headline, and a table for each currency."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from reclaim.model.errors import ExitCode
from reclaim.reconciliation.model import Reconciliation
from reclaim.reports.revenue.headline import headline
from reclaim.reports.revenue.overview import sections
from reclaim.text.figures import counted, duration, moment
from reclaim.text.printable import one_line

_STYLES: Final = {ExitCode.DONE: "bold green", ExitCode.NEEDS_A_PERSON: "bold yellow"}


def shown(found: Reconciliation) -> RenderableType:
    """The audit for people."""
    lines: list[RenderableType] = [Text(headline(found), style=_STYLES.get(found.exit_code, "bold red"))]
    if found.explanation:
        lines.append(Text(one_line(found.explanation)))
    for currency in found.currencies:
        lines += [Text(), _table(found, currency)]
    lines += [Text(), *(Text(line, style="dim") for line in _footnotes(found))]
    return Group(*lines)


def _table(found: Reconciliation, currency: str) -> Table:
    table = Table(title=currency, title_justify="left", title_style="bold", box=None, padding=(0, 2, 0, 0))
    table.show_header = False
    table.add_column(no_wrap=True, min_width=28)
    table.add_column(justify="right", no_wrap=True, min_width=9)
    table.add_column(justify="right", no_wrap=True, min_width=18)
    for title, rows in sections(found, currency).items():
        table.add_row(Text(title, style="dim"), "", "")
        for what, count, amount in rows:
            table.add_row(f"  {what}", count, amount)
    return table


def _footnotes(found: Reconciliation) -> Iterator[str]:
    yield f"Applied for from {moment(found.from_)} to {moment(found.to)}."
    yield f"Late is what is older than {counted(found.backdating_days, 'day')} on {moment(found.as_of)}."
    yield "A charge stands under its own currency, which need not be its application's."
    if found.backfill:
        to = f"{counted(found.backfill.applications, 'application')} of {counted(found.backfill.clients, 'client')}"
        yield f"Tracking IDs written to {to}."
    if not found.consistent:
        yield "MongoDB offers no snapshot reads: these are not the data of one moment."
    for _, broken in found.validation.failures:
        rows = counted(broken.unexpected, "row")
        yield f"Not met ({broken.severity}), {rows}: {one_line(broken.expectation)}"
    yield f"{duration(sum(found.timings.values()))}, {found.peak_rss_mb:,.0f} MB at most, {one_line(found.run_id)}"
