"""What the quarantine desk shows. What comes from a message is made printable first: terminals obey what they get."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from reclaim.decisions import Decision
from reclaim.exposure import Money
from reclaim.ledger import LedgerEntry
from reclaim.money import format_minor
from reclaim.quarantine.differences import difference, shown_event
from reclaim.quarantine.listing import Listing
from reclaim.quarantine.plan import Plan, Planned
from reclaim.quarantine.showing import Shown
from reclaim.quarantine.writing_off import WriteOff
from reclaim.reports.figures import counted, duration
from reclaim.reports.printable import one_line, printable
from reclaim.reports.vocabulary import CAUSES
from reclaim.runs import RunRecord
from reclaim.tracing import way

_MAX_PREVIEWS: Final = 20

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
            rows.add_row(*(Text(one_line(text)) for text in (f"  {row.message_id}", row.client_id or "", row.detail)))
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
    console.print(Text("\nIf it were released as it is", style="bold"))
    console.print(Text(f"  {_decided(shown.decision)}"))
    _print_difference(console, shown.difference)
    if shown.rules:
        names = ", ".join(shown.rules)
        command = f"reclaim quarantine release {entry.message_id} --rule {shown.rules[0]} --dry-run"
        console.print(Text(f"\nRepair rules that mend it: {names}\n  {command}"), soft_wrap=True)
    console.print(Text("\nHistory", style="bold"))
    for one in shown.history:
        _show_history(console, one)


def show_plan(plan: Plan, foreseen: Mapping[str, Decision]) -> None:
    """What a release would do to each message."""
    console = Console(highlight=False)
    for one in plan.planned[:_MAX_PREVIEWS]:
        console.print(Text(one_line(one.entry.message_id), style="bold"))
        console.print(Text(f"  {_decided(foreseen[one.letter.message_id])}{_begun(one)}"))
        _print_difference(console, _edited(one))
    if len(plan.planned) > _MAX_PREVIEWS:
        console.print(f"… {len(plan.planned) - _MAX_PREVIEWS:,} more like these; --json --dry-run shows all.")
    for entry, why in plan.left[:_MAX_PREVIEWS]:
        console.print(Text(f"left  {one_line(entry.message_id)}: {one_line(why)}"), soft_wrap=True)
    _print_dealt_with(console, plan.dealt_with)
    if plan.more:
        console.print("There are more; release again for the rest.")
    outcomes = [foreseen[one.letter.message_id].outcome.value for one in plan.planned]
    sums = ", ".join(f"{outcomes.count(outcome)} {outcome}" for outcome in dict.fromkeys(outcomes))
    console.print(
        f"\n{counted(len(plan.planned), 'message')} to release ({plan.edit.label})"
        + (f", expected to end as: {sums}." if sums else ".")
        + (f" {len(plan.left):,} left as they are." if plan.left else ""),
        soft_wrap=True,
    )


def plan_as_dict(plan: Plan, foreseen: Mapping[str, Decision]) -> dict[str, Any]:
    """The same as JSON holds it."""
    return {
        **plan.parameters(),
        "planned": [
            {
                "message_id": one.entry.message_id,
                "becomes": one.letter.message_id,
                "begun_by": one.begun.run_id if one.begun else None,
                "difference": _edited(one),
                "outcome": foreseen[one.letter.message_id].outcome,
                "cause": foreseen[one.letter.message_id].cause,
                "detail": foreseen[one.letter.message_id].detail,
            }
            for one in plan.planned
        ],
        "left": [{"message_id": entry.message_id, "because": why} for entry, why in plan.left],
        "dealt_with": [entry.message_id for entry in plan.dealt_with],
        "more": plan.more,
    }


def show_write_off(plan: WriteOff) -> None:
    """What would be written off."""
    console = Console(highlight=False)
    for entry in plan.entries[:_MAX_PREVIEWS]:
        cause = entry.cause.value if entry.cause else ""
        console.print(Text(f"{one_line(entry.message_id)}  {cause}  {one_line(entry.client_id or '')}"), soft_wrap=True)
    if len(plan.entries) > _MAX_PREVIEWS:
        console.print(f"… {len(plan.entries) - _MAX_PREVIEWS:,} more")
    for entry in plan.begun:
        text = f"left  {one_line(entry.message_id)}: its release was begun; finish that first"
        console.print(Text(text), soft_wrap=True)
    _print_dealt_with(console, plan.dealt_with)
    if plan.more:
        console.print("There are more; discard again for the rest.")
    lost = f"; {money_line(plan.money)} can then be attributed to nobody" if plan.money else ""
    console.print(f"\n{counted(len(plan.entries), 'message')} to write off{lost}.", soft_wrap=True)


def write_off_as_dict(plan: WriteOff, run: RunRecord | None) -> dict[str, Any]:
    """What was written off, as JSON holds it."""
    return {
        "run_id": run.run_id if run else None,
        "discarded": run.counts["discarded"] if run else 0,
        "causes": run.causes if run else {},
        "money": run.money if run else {},
        "left": [entry.message_id for entry in plan.begun],
        "dealt_with": [entry.message_id for entry in plan.dealt_with],
        "more": plan.more,
    }


def show_written_off(run: RunRecord) -> None:
    """That it was done, and under which name it is kept."""
    Console(highlight=False).print(f"{counted(run.counts['discarded'], 'message')} written off by {run.run_id}.")


def money_line(money: Mapping[str, Money]) -> str:
    """``6,015.00 USD (401 applications), 12 JPY (1 application)``."""
    return ", ".join(
        f"{format_minor(one.amount_minor, currency)} ({counted(one.applications, 'application')})"
        for currency, one in money.items()
    )


def _decided(decision: Decision) -> str:
    why = f", {one_line(decision.detail)}" if decision.detail else ""
    text = f"{decision.outcome.value}: {decision.cause.value}{why}"
    client = decision.write.client if decision.write else None
    return f"{text}; client {client.client_id} gets {client.tracking_id}" if client else text


def _begun(one: Planned) -> str:
    return f" (begun by {one.begun.run_id}, and finished as it was begun)" if one.begun else ""


def _edited(one: Planned) -> list[str]:
    names = ("received", "released")
    return [printable(line) for line in difference(shown_event(one.entry.body), shown_event(one.letter.body), names)]


def _indented(body: str, event: str) -> str:
    """The body as it is where the event is shown apart, else the event that it is."""
    return body if event else shown_event(body)


def _block(console: Console, title: str, text: str) -> None:
    console.print(Text(f"\n{title}", style="bold"))
    console.print(Text("\n".join(f"  {line}" for line in printable(text).splitlines())), soft_wrap=True)


def _print_difference(console: Console, lines: Iterable[str]) -> None:
    for line in lines:
        console.print(Text(f"  {printable(line)}", style=_STYLES.get(line[:1], "")), soft_wrap=True)


def _print_dealt_with(console: Console, entries: Iterable[LedgerEntry]) -> None:
    for entry in entries:
        console.print(Text(f"done  {one_line(entry.message_id)}: {resolved(entry)}"), soft_wrap=True)


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
