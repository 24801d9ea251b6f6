"""How the quarantine desk shows what it is about to do, and what it has done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from rich.console import Console
from rich.text import Text

from reclaim.cli.quarantine_views import decided, money_line, print_difference, resolved
from reclaim.model.ledger import LedgerEntry
from reclaim.model.run import RunRecord
from reclaim.quarantine.differences import difference, shown_event
from reclaim.quarantine.plan import Plan, Planned
from reclaim.quarantine.writing_off import WriteOff
from reclaim.recovery.decisions import Decision
from reclaim.text.figures import counted
from reclaim.text.printable import one_line, printable

_MAX_PREVIEWS: Final = 20


def show_plan(plan: Plan, foreseen: Mapping[str, Decision]) -> None:
    """What a release would do to each message."""
    console = Console(highlight=False)
    for one in plan.planned[:_MAX_PREVIEWS]:
        console.print(Text(one_line(one.entry.message_id), style="bold"))
        console.print(Text(f"  {decided(foreseen[one.message.message_id])}{_begun(one)}"))
        print_difference(console, _edited(one))
    if len(plan.planned) > _MAX_PREVIEWS:
        console.print(f"… {len(plan.planned) - _MAX_PREVIEWS:,} more like these; --json --dry-run shows all.")
    for entry, why in plan.left[:_MAX_PREVIEWS]:
        console.print(Text(f"left  {one_line(entry.message_id)}: {one_line(why)}"), soft_wrap=True)
    _print_dealt_with(console, plan.dealt_with)
    if plan.more:
        console.print("There are more; release again for the rest.")
    outcomes = [foreseen[one.message.message_id].outcome.value for one in plan.planned]
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
                "becomes": one.message.message_id,
                "begun_by": one.begun.run_id if one.begun else None,
                "difference": _edited(one),
                "outcome": foreseen[one.message.message_id].outcome,
                "cause": foreseen[one.message.message_id].cause,
                "detail": foreseen[one.message.message_id].detail,
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


def _begun(one: Planned) -> str:
    return f" (begun by {one.begun.run_id}, and finished as it was begun)" if one.begun else ""


def _edited(one: Planned) -> list[str]:
    names = ("received", "released")
    return [printable(line) for line in difference(shown_event(one.entry.body), shown_event(one.message.body), names)]


def _print_dealt_with(console: Console, entries: Iterable[LedgerEntry]) -> None:
    for entry in entries:
        console.print(Text(f"done  {one_line(entry.message_id)}: {resolved(entry)}"), soft_wrap=True)
