"""The last thing a run prints: the verdict and the books, in the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from reclaim.model.outcome import Outcome
from reclaim.reports.model import RunReport
from reclaim.reports.stakes import STANDINGS, amounts, extent, race, stakes, standings, warning
from reclaim.reports.verdict import Tone, headline, tone
from reclaim.reports.vocabulary import CAUSES
from reclaim.reports.worths import worths_of
from reclaim.text.figures import amount, duration, number, share
from reclaim.text.printable import one_line

_STYLES: Final = {Tone.GOOD: "green", Tone.ATTENTION: "yellow", Tone.BAD: "red", Tone.NEUTRAL: ""}
_OUTCOME_STYLES: Final = {
    Outcome.RECOVERED: "green",
    Outcome.DUPLICATE: "dim green",
    Outcome.QUARANTINED: "yellow",
    Outcome.DEFERRED: "magenta",
}


def final_balance(report: RunReport) -> RenderableType:
    """The verdict, the outcomes with their causes, the sum, the money and the pace."""
    lines: list[RenderableType] = [Text(headline(report), style=f"bold {_STYLES[tone(report)]}".strip())]
    if report.explanation:
        lines.append(Text(one_line(report.explanation)))
    lines += [Text(), _books(report), Text(), *_unbilled(report)]
    lines += [Text(line, style="dim") for line in _footnotes(report)]
    return Group(*lines)


def _books(report: RunReport) -> Table:
    books = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    books.add_column(no_wrap=True)
    books.add_column(justify="right", no_wrap=True)
    books.add_column(justify="right", style="dim", no_wrap=True)
    books.add_column(style="dim")
    counts = report.counts.as_dict()
    for outcome in Outcome:
        count = counts[outcome.value]
        name = Text(outcome.value, style=_OUTCOME_STYLES[outcome] if count else "dim")
        part = share(count, report.counts.received) if count else ""
        books.add_row(name, number(count), part, _worth(report, outcome))
        for cause, messages in sorted(report.causes.items(), key=lambda item: -item[1]):
            if CAUSES[cause].outcome is outcome:
                books.add_row(f"  {cause.value}", Text(number(messages), style="dim"), "", "")
    sign = Text("balances", style="green") if report.balanced else Text("does not balance", style="bold red")
    books.add_row(Text("received", style="bold"), Text(number(counts["received"]), style="bold"), "", sign)
    return books


def _worth(report: RunReport, outcome: Outcome) -> Text:
    worths = worths_of(report, outcome)
    named = [amount(worth.rate_minor_total, currency) for currency, worth in worths.leading]
    return Text(", ".join([*named, *([f"{worths.others} more currencies"] if worths.others else [])]))


def _unbilled(report: RunReport) -> Iterator[RenderableType]:
    """What is left to be billed, by where it stands, and what remains in the queue."""
    exposure = report.exposure or {}
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    for standing in standings(exposure):
        held = stakes(exposure, standing)
        table.add_row(STANDINGS[standing], Text.assemble(f"{amounts(held)}\n", (extent(held), "dim")))
    if table.row_count:
        yield from (table, Text())
    if report.outlook and report.outlook.messages:
        yield from map(Text, race(report.outlook))
        yield Text(warning(report.outlook), style="bold red")


def _footnotes(report: RunReport) -> Iterator[str]:
    pace = f"{number(report.throughput.messages_per_second)} messages/s"
    yield f"{duration(report.throughput.seconds)}, {pace}, {one_line(report.run_id)}"
    if report.money:
        yield "Amounts beside the outcomes: what one application of each client is worth."
    if report.reacknowledged:
        yield f"{number(report.reacknowledged)} settled by an earlier run, only deleted again."
    if report.attention.quarantined and not report.dry_run:
        yield "What is in quarantine: `reclaim quarantine list`."
    yield from map(one_line, report.attention.unfinished)
    for broken in report.attention.expectations:
        yield f"Not met ({broken.severity}): {one_line(broken.expectation)}, {number(broken.unexpected)} rows."
