"""An inspection for people: causes, money and time left, as tables on a terminal."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from rich.console import Console
from rich.table import Table

from reclaim.contracts.contract import Words
from reclaim.exposure.inspection import Inspection
from reclaim.exposure.money_at_risk import CurrencyExposure, Exposure, MoneyStatus, RecordAmounts
from reclaim.exposure.retention import RetentionOutlook
from reclaim.reports.amounts import (
    STATUS_NAMES,
    amounts,
    clock_time,
    deadline_sentences,
    money_of,
    statuses_of,
    top_records,
    transposed,
)
from reclaim.text.figures import amount, number
from reclaim.text.money import format_minor
from reclaim.text.printable import capitalized

_HOURS = 12
"""How many of the hours in which messages are dropped are shown; all are in the JSON."""


def show(found: Inspection, words: Words, console: Console) -> None:
    """Print it."""
    console.print(
        f"[bold]{found.queue}[/]  {found.depth.visible:,} visible, {found.depth.in_flight:,} in flight,"
        f" {found.depth.delayed:,} delayed; {found.seen:,} read, {found.repairable:,} repairable"
    )
    for table in (
        _causes(found),
        _currencies(found, words),
        *_at_risk(found.exposure or {}),
        _falls_due(found.outlook),
    ):
        if table.row_count:
            console.print()
            console.print(table)
    sentences = list(deadline_sentences(found.outlook)) if found.outlook else []
    if sentences:
        console.print("\n" + "\n".join(sentences), soft_wrap=True)


def _causes(found: Inspection) -> Table:
    table = _table("Cause", "Messages", *(["Unbilled"] if found.exposure else []), numeric=(1,))
    unbilled = transposed({currency: one.at_risk.causes for currency, one in (found.exposure or {}).items()})
    for cause, count in found.causes.items():
        table.add_row(cause.value, number(count), *([amounts(unbilled.get(cause, {}))] if found.exposure else []))
    return table


def _currencies(found: Inspection, words: Words) -> Table:
    exposure = found.exposure or {}
    shown = statuses_of(exposure)
    names = (STATUS_NAMES[status] for status in shown)
    table = _table("Currency", capitalized(words.records), "Amounts, each once", *names, numeric=range(1, 6))
    for currency in sorted(found.money.keys() | exposure.keys()):
        stated, held = found.money.get(currency, RecordAmounts()), exposure.get(currency, CurrencyExposure())
        total = format_minor(stated.rate_minor_total, currency) if stated.records else ""
        unbilled = (amounts({currency: held.of(status)}) for status in shown)
        table.add_row(currency, number(stated.records) if stated.records else "", total, *unbilled)
    return table


def _at_risk(exposure: Exposure) -> Iterator[Table]:
    at_risk = money_of(exposure, MoneyStatus.AT_RISK)
    records = _table("Most at risk", "Applications", "Unbilled", "Cause", numeric=(1, 2))
    for currency, record in top_records(at_risk):
        unbilled = amount(record.amount_minor, currency)
        records.add_row(record.record_key, number(record.applications), unbilled, record.cause.value)
    yield records
    days = _table("Applied on", "At risk")
    for day, money in sorted(transposed({currency: one.days for currency, one in at_risk.items()}).items()):
        days.add_row(f"{day:%Y-%m-%d}", amounts(money))
    yield days


def _falls_due(outlook: RetentionOutlook | None) -> Table:
    hours = outlook.falls_due if outlook else ()
    at_risk = any(due.money for due in hours)
    table = _table("Dropped from", "Messages", *(["At risk"] if at_risk else []), numeric=(1,))
    for due in hours[:_HOURS]:
        table.add_row(clock_time(due.hour), number(due.messages), *([amounts(due.money)] if at_risk else []))
    if len(hours) > _HOURS:
        table.add_row("later", number(sum(due.messages for due in hours[_HOURS:])))
    return table


def _table(*columns: str, numeric: Collection[int] = ()) -> Table:
    table = Table(*columns, box=None, pad_edge=False)
    for place in numeric:
        if place < len(columns):
            table.columns[place].justify = "right"
    return table
