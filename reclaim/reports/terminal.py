"""The last thing a run prints: the headline and the counts, in the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from reclaim.model.outcome import Outcome
from reclaim.reports.amounts import (
    STATUS_NAMES,
    amounts,
    deadline_sentences,
    extent,
    late_warning,
    leading_amounts,
    money_of,
    statuses_of,
)
from reclaim.reports.headline import Tone, headline, tone
from reclaim.reports.model import RunReport
from reclaim.text.figures import amount, counted, duration, number, share
from reclaim.text.printable import one_line

_STYLES: Final = {Tone.GOOD: "green", Tone.ATTENTION: "yellow", Tone.BAD: "red", Tone.NEUTRAL: ""}
_OUTCOME_STYLES: Final = {
    Outcome.RECOVERED: "green",
    Outcome.DUPLICATE: "dim green",
    Outcome.QUARANTINED: "yellow",
    Outcome.DEFERRED: "magenta",
}


def final_balance(report: RunReport) -> RenderableType:
    """The headline, the outcomes with their causes, the sum, the money and the pace."""
    lines: list[RenderableType] = [Text(headline(report), style=f"bold {_STYLES[tone(report)]}".strip())]
    if report.explanation:
        lines.append(Text(one_line(report.explanation)))
    lines += [Text(), _counts(report), Text(), *_unbilled(report)]
    lines += [Text(line, style="dim") for line in _footnotes(report)]
    return Group(*lines)


def _counts(report: RunReport) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(justify="right", style="dim", no_wrap=True)
    table.add_column(style="dim")
    counts = report.counts.as_dict()
    for outcome in Outcome:
        count = counts[outcome.value]
        name = Text(outcome.value, style=_OUTCOME_STYLES[outcome] if count else "dim")
        part = share(count, report.counts.received) if count else ""
        table.add_row(name, number(count), part, _amounts(report, outcome))
        for cause, messages in sorted(report.causes.items(), key=lambda item: -item[1]):
            if cause.outcome is outcome:
                table.add_row(f"  {cause.value}", Text(number(messages), style="dim"), "", "")
    sign = Text("balanced", style="green") if report.balanced else Text("not balanced", style="bold red")
    table.add_row(Text("received", style="bold"), Text(number(counts["received"]), style="bold"), "", sign)
    return table


def _amounts(report: RunReport, outcome: Outcome) -> Text:
    found = leading_amounts(report, outcome)
    named = [amount(one.rate_minor_total, currency) for currency, one in found.leading]
    if found.others:
        named.append(counted(found.others, "more currency", "more currencies"))
    return Text(", ".join(named))


def _unbilled(report: RunReport) -> Iterator[RenderableType]:
    """What is left to be billed, by status, and what remains in the queue."""
    exposure = report.exposure or {}
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    for status in statuses_of(exposure):
        money = money_of(exposure, status)
        table.add_row(STATUS_NAMES[status], Text.assemble(f"{amounts(money)}\n", (extent(money, report.words), "dim")))
    if table.row_count:
        yield from (table, Text())
    if report.outlook and report.outlook.messages:
        yield from map(Text, deadline_sentences(report.outlook))
        yield Text(late_warning(report.outlook), style="bold red")


def _footnotes(report: RunReport) -> Iterator[str]:
    pace = f"{number(report.throughput.messages_per_second)} messages/s"
    yield f"{duration(report.throughput.seconds)}, {pace}, {one_line(report.run_id)}"
    if report.money:
        yield f"Amounts beside the outcomes: what the events state, each {report.words.record} once."
    if report.reacknowledged:
        yield f"{number(report.reacknowledged)} settled by an earlier run, only deleted again."
    if report.attention.quarantined and not report.dry_run:
        yield "What is in quarantine: `reclaim quarantine list`."
    yield from map(one_line, report.attention.unfinished)
    for broken in report.attention.expectations:
        yield f"Not met ({broken.severity}): {one_line(broken.expectation)}, {number(broken.unexpected)} rows."
