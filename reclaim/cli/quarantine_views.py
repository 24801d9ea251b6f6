"""How the quarantine desk shows what it holds.

What comes from a message is made printable first: terminals obey what they get.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from reclaim.exposure.money_at_risk import Money
from reclaim.model.ledger import LedgerEntry
from reclaim.quarantine.differences import shown_event
from reclaim.quarantine.listing import Listing
from reclaim.quarantine.showing import Shown
from reclaim.recovery.decisions import Decision
from reclaim.reports.trace import way
from reclaim.reports.vocabulary import CAUSES
from reclaim.text.figures import counted, duration
from reclaim.text.money import format_minor
from reclaim.text.printable import one_line, printable

_STYLES: Final = {"+": "green", "-": "red", "@": "cyan"}


def show_listing(listing: Listing, now: datetime, *, whole: bool) -> None:
    """The groups, each with what to do about it."""
    console = Console(highlight=False)
    if not listing.groups:
        console.print("Nothing in quarantine is open.")
        return
    for group in listing.groups:
        meaning = CAUSES[group.cause]
        age = (
            f", the oldest {duration((now - group.oldest_sent_at).total_seconds())} old" if group.oldest_sent_at else ""
        )
        console.print(Text(group.cause.value, style="bold"), f" {counted(group.count, 'message')}{age}", sep="")
        console.print(f"  {meaning.sentence} {meaning.next_step}", style="dim")
        if group.money:
            console.print(f"  waits to be billed: {money_line(group.money)}")
        rows = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
        rows.add_column(no_wrap=True, overflow="fold")
        for row in group.messages:
            rows.add_row(*(Text(one_line(text)) for text in (f"  {row.message_id}", row.record_key or "", row.detail)))
        console.print(rows)
        if group.count > len(group.messages):
            console.print(f"  … {group.count - len(group.messages):,} more: --cause {group.cause.value}", style="dim")
        console.print()
    hint = "" if whole else " One of them: `reclaim quarantine show MESSAGE_ID`."
    console.print(f"{counted(listing.total, 'message')} open.{hint}", soft_wrap=True)


def show_shown(shown: Shown) -> None:
    """One message, from its body to its history."""
    console, entry = Console(highlight=False), shown.entry
    state = f"{entry.outcome.value}: {entry.cause.value}" if entry.outcome and entry.cause else "not settled yet"
    console.print(Text(one_line(entry.message_id), style="bold"), Text(state), sep="  ")
    if entry.detail:
        console.print(Text(one_line(entry.detail)))
    _block(console, "Received" + (f" ({entry.envelope})" if shown.event else ""), _indented(entry.body, shown.event))
    if shown.event:
        _block(console, "The event in it, which patches address", shown.event)
    if entry.is_open:
        console.print(Text("\nIf it were released as it is", style="bold"))
        console.print(Text(f"  {decided(shown.decision)}"))
        print_difference(console, shown.difference)
    if shown.rules:
        names = ", ".join(shown.rules)
        command = f"reclaim quarantine release {entry.message_id} --rule {shown.rules[0]} --dry-run"
        console.print(Text(f"\nRepair rules that mend it: {names}\n  {command}"), soft_wrap=True)
    console.print(Text("\nHistory", style="bold"))
    for one in shown.history:
        _show_history(console, one)


def money_line(money: Mapping[str, Money]) -> str:
    """``6,015.00 USD (401 applications), 12 JPY (1 application)``."""
    return ", ".join(
        f"{format_minor(one.amount_minor, currency)} ({counted(one.applications, 'application')})"
        for currency, one in money.items()
    )


def decided(decision: Decision) -> str:
    """``recovered: missing_id; client cl_1 gets trk_…``."""
    why = f", {one_line(decision.detail)}" if decision.detail else ""
    text = f"{decision.outcome.value}: {decision.cause.value}{why}"
    record = decision.write.record if decision.write else None
    return f"{text}; client {record.record_key} gets {record.identity}" if record else text


def _indented(body: str, event: str) -> str:
    """The body as it is where the event is shown apart, else the event that it is."""
    return body if event else shown_event(body)


def _block(console: Console, title: str, text: str) -> None:
    console.print(Text(f"\n{title}", style="bold"))
    console.print(Text("\n".join(f"  {line}" for line in printable(text).splitlines())), soft_wrap=True)


def print_difference(console: Console, lines: Iterable[str]) -> None:
    """A unified diff in colour."""
    for line in lines:
        console.print(Text(f"  {printable(line)}", style=_STYLES.get(line[:1], "")), soft_wrap=True)


def _show_history(console: Console, entry: LedgerEntry) -> None:
    console.print(Text(f"  {one_line(entry.message_id)}"))
    if made := released_from(entry):
        console.print(Text(f"    {made}"))
    for step, at, _ in way(entry):
        console.print(f"    {step:<9} {at:%Y-%m-%d %H:%M:%S}.{at.microsecond // 1000:03}")
    if entry.outcome and entry.cause:
        console.print(Text(f"    {entry.outcome.value}: {entry.cause.value} ({one_line(entry.run_id)})"))
    if entry.resolution:
        console.print(Text(f"    {resolved(entry)}"))


def released_from(entry: LedgerEntry) -> str:
    """``made of m by ann: rule whole-rate version 1 d191dd6be8cd``; empty for a message that came from a queue."""
    if (origin := entry.released_from) is None:
        return ""
    edit = f"rule {origin.rule} version {origin.rule_version}" if origin.rule else origin.edit.replace("_", " ")
    return f"made of {one_line(origin.message_id)} by {one_line(origin.operator)}: {edit} {origin.edit_sha256[:12]}"


def resolved(entry: LedgerEntry) -> str:
    """``released by ann at 2026-11-20 08:15:30 (run-…) as m~1: INC-1``; empty for one that nobody has dealt with."""
    if (one := entry.resolution) is None:
        return ""
    became = f" as {one_line(one.became)}" if one.became else ""
    reason = f": {one_line(one.reason)}" if one.reason else ""
    return f"{one.kind.value} by {one_line(one.operator)} at {one.at:%Y-%m-%d %H:%M:%S} ({one.run_id}){became}{reason}"
