"""`reclaim watch`: one look at the dead-letter queue."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import click
import orjson
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from reclaim.cli import options
from reclaim.cli.running import run_flow
from reclaim.model.errors import ExitCode
from reclaim.model.queue_check import Look
from reclaim.requests import WatchRequest
from reclaim.text.money import format_minor

if TYPE_CHECKING:
    from flows.watch import Watched


@click.command(epilog="Example: reclaim watch --json | jq .above")
@options.queue
@click.option(
    "--every",
    type=click.FloatRange(min=1),
    metavar="SECONDS",
    help="Look again and again, so many seconds apart, until stopped; with --json, one look a line.",
)
@options.as_json
def watch(*, queue: str | None, every: float | None, as_json: bool) -> int:
    """Look once at the dead-letter queue: publish metrics, pass alarms on, tell what is above its threshold.

    Changes nothing in the queue, apart from the receive count of a few messages that are read now and then. Exit
    code 2 says that a threshold is reached.
    """
    options.require_stack()

    def look_once() -> Watched:
        from flows.watch import watch as watch_flow  # noqa: PLC0415  (Prefect takes seconds to import)

        return watch_flow(WatchRequest(queue=queue))

    while True:
        watched = run_flow(look_once)
        if as_json:
            click.echo(orjson.dumps(as_dict(watched), option=0 if every else orjson.OPT_INDENT_2))
        else:
            show(watched)
        if every is None:
            return ExitCode.NEEDS_A_PERSON if watched.found else ExitCode.DONE
        time.sleep(every)


def as_dict(watched: Watched) -> dict[str, Any]:
    """The look for machines. Amounts are in minor units."""
    look = watched.look
    return {
        **look.model_dump(mode="json"),
        "unrecovered": look.unrecovered,
        "oldest_seconds": look.oldest_seconds,
        "retention_percent": look.retention_percent,
        "above": {f.alarm.kind.value: {"value": f.value, "threshold": f.alarm.threshold} for f in watched.found},
        "signals": [{"event": s.name.value, "queue": s.queue, "alarms": s.alarms} for s in watched.signals],
    }


def show(watched: Watched) -> None:
    """The look for people."""
    look, console = watched.look, Console(highlight=False)
    rows = Table(show_header=False, box=None, pad_edge=False)
    for name, value in _rows(look):
        rows.add_row(name, value)
    console.print(f"[bold]{escape(look.queue)}[/]  {look.taken_at:%Y-%m-%d %H:%M:%S} UTC")
    console.print(rows)
    for finding in watched.found:
        alarm = finding.alarm
        console.print(
            f"[bold red]{alarm.kind.value}[/]  {alarm.meaning} {finding.value:,.6g}, from {alarm.threshold:,.6g}"
        )
    for signal in watched.signals:
        console.print(
            f"event {signal.name.value} for {escape(signal.resource_id)}: {escape(', '.join(signal.alarms))}",
            soft_wrap=True,
        )


def _rows(look: Look) -> list[tuple[str, str]]:
    depth = look.depth
    parts = f"{depth.visible:,} visible, {depth.in_flight:,} in flight, {depth.delayed:,} delayed"
    unknown = "not known yet"
    growth = unknown if look.growth is None else f"{look.growth:+,.2f} messages/s since the last look"
    age = look.oldest_seconds
    used = look.retention_percent
    oldest = unknown if age is None or used is None else f"{age / 3600:,.1f} h, {used:.1f} % of its retention"
    money = ", ".join(format_minor(minor, currency) for currency, minor in look.money_at_risk.items())
    return [
        ("unrecovered", f"{look.unrecovered:,} ({parts})"),
        ("growth", growth),
        ("oldest message", oldest),
        ("money at risk", f"about {money}" if money else "none known"),
        ("a recovery takes", f"{look.eta_seconds:,.1f} s"),
        (
            "last recovery",
            "running" if look.busy else f"{look.hours_since_run:,.1f} h ago" if look.last_run_started_at else "none",
        ),
    ]
