"""How `reclaim quarantine` shows what it holds, what it is about to do, and what it has done.

What comes from a message is made printable first: terminals obey what they get.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from reclaim.contracts.contract import Contract, Words
from reclaim.exposure.money_at_risk import UnchargedMoney
from reclaim.model.ledger import LedgerEntry
from reclaim.model.run import RunRecord
from reclaim.quarantine.differences import difference, shown_event
from reclaim.quarantine.discarding import DiscardPlan
from reclaim.quarantine.listing import QuarantineListing
from reclaim.quarantine.plan import PlannedRelease, ReleasePlan
from reclaim.quarantine.showing import MessageDetails
from reclaim.recovery.decisions import Decision
from reclaim.reports.trace import reached_steps
from reclaim.reports.vocabulary import cause_meanings
from reclaim.text.figures import counted, duration
from reclaim.text.money import format_minor
from reclaim.text.printable import one_line, printable

_STYLES: Final = {"+": "green", "-": "red", "@": "cyan"}
_MAX_PREVIEWS: Final = 20

# --- list ----------------------------------------------------------------------------------------------------


def show_listing(listing: QuarantineListing, contract: Contract, now: datetime, *, whole: bool) -> None:
    """The causes, each with what to do about it."""
    console = Console(highlight=False)
    if not listing.groups:
        console.print("Nothing in quarantine is open.")
        return
    meanings = cause_meanings(contract.words)
    for group in listing.groups:
        meaning = meanings[group.cause]
        age = (
            f", the oldest {duration((now - group.oldest_sent_at).total_seconds())} old" if group.oldest_sent_at else ""
        )
        console.print(Text(group.cause.value, style="bold"), f" {counted(group.count, 'message')}{age}", sep="")
        console.print(f"  {meaning.sentence} {meaning.next_step}", style="dim")
        if group.money:
            console.print(f"  waits to be billed: {_money(group.money)}")
        rows = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
        rows.add_column()
        rows.add_column(no_wrap=True, overflow="fold")
        for one in group.messages:
            rows.add_row("", *(Text(one_line(text)) for text in (one.message_id, one.record_key or "", one.detail)))
        console.print(rows)
        if group.count > len(group.messages):
            console.print(f"  … {group.count - len(group.messages):,} more: --cause {group.cause.value}", style="dim")
        console.print()
    hint = "" if whole else " One of them: `reclaim quarantine show MESSAGE_ID`."
    console.print(f"{counted(listing.total, 'message')} open.{hint}", soft_wrap=True)


# --- show ----------------------------------------------------------------------------------------------------


def show_details(details: MessageDetails, contract: Contract) -> None:
    """One message, from its body to its history."""
    console, entry = Console(highlight=False), details.entry
    state = f"{entry.outcome.value}: {entry.cause.value}" if entry.outcome and entry.cause else "not settled yet"
    console.print(Text(one_line(entry.message_id), style="bold"), Text(state), sep="  ")
    if entry.detail:
        console.print(Text(one_line(entry.detail)))
    if details.event:
        _print_block(console, f"Received ({entry.envelope})", entry.body)
        _print_block(console, "The event in it, which patches address", details.event)
    else:
        _print_block(console, "Received", shown_event(entry.body, contract))
    if entry.is_open:
        console.print(Text("\nIf it were released as it is", style="bold"))
        console.print(Text(f"  {_decided(details.decision, contract.words)}"))
        _print_difference(console, details.difference)
    if details.rules:
        names = ", ".join(details.rules)
        command = f"reclaim quarantine release {entry.message_id} --rule {details.rules[0]} --dry-run"
        console.print(Text(f"\nRepair rules that fit it: {names}\n  {command}"), soft_wrap=True)
    console.print(Text("\nHistory", style="bold"))
    for one in details.history:
        _print_history(console, one)


def _print_history(console: Console, entry: LedgerEntry) -> None:
    console.print(Text(f"  {one_line(entry.message_id)}"))
    if made := released_from(entry):
        console.print(Text(f"    {made}"))
    for step, at, _ in reached_steps(entry):
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


# --- release -------------------------------------------------------------------------------------------------


def show_plan(plan: ReleasePlan, previews: Mapping[str, Decision], contract: Contract) -> None:
    """What a release would do to each message."""
    console = Console(highlight=False)
    for one in plan.planned[:_MAX_PREVIEWS]:
        begun = f" (begun by {one.begun.run_id}, and finished as it was begun)" if one.begun else ""
        console.print(Text(one_line(one.entry.message_id), style="bold"))
        console.print(Text(f"  {_decided(previews[one.message.message_id], contract.words)}{begun}"))
        _print_difference(console, _edited(one, contract))
    if len(plan.planned) > _MAX_PREVIEWS:
        console.print(f"… {len(plan.planned) - _MAX_PREVIEWS:,} more like these; --json --dry-run shows all.")
    for entry, why in plan.left[:_MAX_PREVIEWS]:
        console.print(Text(f"left  {one_line(entry.message_id)}: {one_line(why)}"), soft_wrap=True)
    _print_dealt_with(console, plan.dealt_with)
    if plan.more:
        console.print("There are more; release again for the rest.")
    outcomes = [previews[one.message.message_id].outcome.value for one in plan.planned]
    totals = ", ".join(f"{outcomes.count(outcome)} {outcome}" for outcome in dict.fromkeys(outcomes))
    console.print(
        f"\n{counted(len(plan.planned), 'message')} to release ({plan.edit.label})"
        + (f", expected to end as: {totals}." if totals else ".")
        + (f" {len(plan.left):,} left as they are." if plan.left else ""),
        soft_wrap=True,
    )


def plan_as_dict(plan: ReleasePlan, previews: Mapping[str, Decision], contract: Contract) -> dict[str, Any]:
    """The same as JSON holds it."""
    return {
        **plan.parameters(),
        "planned": [
            {
                "message_id": one.entry.message_id,
                "becomes": one.message.message_id,
                "begun_by": one.begun.run_id if one.begun else None,
                "difference": _edited(one, contract),
                "outcome": previews[one.message.message_id].outcome,
                "cause": previews[one.message.message_id].cause,
                "detail": previews[one.message.message_id].detail,
            }
            for one in plan.planned
        ],
        "left": [{"message_id": entry.message_id, "because": why} for entry, why in plan.left],
        "dealt_with": [entry.message_id for entry in plan.dealt_with],
        "more": plan.more,
    }


def _edited(one: PlannedRelease, contract: Contract) -> list[str]:
    before, after = shown_event(one.entry.body, contract), shown_event(one.message.body, contract)
    return [printable(line) for line in difference(before, after, ("received", "released"))]


# --- discard -------------------------------------------------------------------------------------------------


def show_discard_plan(plan: DiscardPlan) -> None:
    """What would be written off."""
    console = Console(highlight=False)
    for entry in plan.entries[:_MAX_PREVIEWS]:
        cause = entry.cause.value if entry.cause else ""
        console.print(
            Text(f"{one_line(entry.message_id)}  {cause}  {one_line(entry.record_key or '')}"), soft_wrap=True
        )
    if len(plan.entries) > _MAX_PREVIEWS:
        console.print(f"… {len(plan.entries) - _MAX_PREVIEWS:,} more")
    for entry in plan.begun:
        text = f"left  {one_line(entry.message_id)}: its release was begun; finish that first"
        console.print(Text(text), soft_wrap=True)
    _print_dealt_with(console, plan.dealt_with)
    if plan.more:
        console.print("There are more; discard again for the rest.")
    lost = f"; {_money(plan.money)} can then be attributed to nobody" if plan.money else ""
    console.print(f"\n{counted(len(plan.entries), 'message')} to write off{lost}.", soft_wrap=True)


def discarded_as_dict(plan: DiscardPlan, run: RunRecord | None) -> dict[str, Any]:
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


def show_discarded(run: RunRecord) -> None:
    """How many messages were written off, and by which run."""
    Console(highlight=False).print(f"{counted(run.counts['discarded'], 'message')} written off by {run.run_id}.")


# --- what several of them show -------------------------------------------------------------------------------


def _money(money: Mapping[str, UnchargedMoney]) -> str:
    """``6,015.00 USD (401 applications), 12 JPY (1 application)``."""
    return ", ".join(
        f"{format_minor(one.amount_minor, currency)} ({counted(one.applications, 'application')})"
        for currency, one in money.items()
    )


def _decided(decision: Decision, words: Words) -> str:
    """``recovered: missing_id; order A-1 gets ot_…``, in the words of a contract."""
    why = f", {one_line(decision.detail)}" if decision.detail else ""
    text = f"{decision.outcome.value}: {decision.cause.value}{why}"
    record = decision.write.record if decision.write else None
    return f"{text}; {words.record} {record.record_key} gets {record.identity}" if record else text


def resolved(entry: LedgerEntry) -> str:
    """``released by ann at 2026-11-20 08:15:30 (run-…) as m~1: INC-1``; empty for one without a resolution."""
    if (one := entry.resolution) is None:
        return ""
    became = f" as {one_line(one.became)}" if one.became else ""
    reason = f": {one_line(one.reason)}" if one.reason else ""
    return f"{one.kind.value} by {one_line(one.operator)} at {one.at:%Y-%m-%d %H:%M:%S} ({one.run_id}){became}{reason}"


def _print_block(console: Console, title: str, text: str) -> None:
    console.print(Text(f"\n{title}", style="bold"))
    console.print(Text("\n".join(f"  {line}" for line in printable(text).splitlines())), soft_wrap=True)


def _print_difference(console: Console, lines: Iterable[str]) -> None:
    for line in lines:
        console.print(Text(f"  {printable(line)}", style=_STYLES.get(line[:1], "")), soft_wrap=True)


def _print_dealt_with(console: Console, entries: Iterable[LedgerEntry]) -> None:
    for entry in entries:
        console.print(Text(f"done  {one_line(entry.message_id)}: {resolved(entry)}"), soft_wrap=True)
