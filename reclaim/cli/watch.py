"""`reclaim watch`: one check of the dead-letter queue."""

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
from reclaim.model.queue_check import QueueCheck
from reclaim.requests import WatchRequest
from reclaim.text.money import format_minor

if TYPE_CHECKING:
    from flows.watch import WatchResult


@click.command(epilog="Example: reclaim watch --json | jq .above")
@options.queue
@click.option(
    "--every",
    type=click.FloatRange(min=1),
    metavar="SECONDS",
    help="Check again and again, so many seconds apart, until stopped; with --json, one check a line.",
)
@options.as_json
def watch(*, queue: str | None, every: float | None, as_json: bool) -> int:
    """Check the dead-letter queue once: publish metrics, pass alarms on, show which thresholds are reached.

    Changes nothing in the queue, apart from the receive count of the few messages that are sampled now and then.
    Exit code 2 says that a threshold is reached.
    """
    options.require_stack()

    def check_once() -> WatchResult:
        from flows.watch import watch as watch_flow  # noqa: PLC0415  (Prefect takes seconds to import)

        return watch_flow(WatchRequest(queue=queue))

    while True:
        watched = run_flow(check_once)
        if as_json:
            click.echo(orjson.dumps(as_dict(watched), option=0 if every else orjson.OPT_INDENT_2))
        else:
            show(watched)
        if every is None:
            return ExitCode.NEEDS_A_PERSON if watched.found else ExitCode.DONE
        time.sleep(every)


def as_dict(watched: WatchResult) -> dict[str, Any]:
    """The check for machines. Amounts are in minor units."""
    check = watched.check
    return {
        **check.model_dump(mode="json", exclude=None if check.money_at_risk is not None else {"money_at_risk"}),
        "unrecovered": check.unrecovered,
        "oldest_seconds": check.oldest_seconds,
        "retention_percent": check.retention_percent,
        "above": {f.alarm.kind.value: {"value": f.value, "threshold": f.alarm.threshold} for f in watched.found},
        "signals": [{"event": s.name.value, "queue": s.queue, "alarms": s.alarms} for s in watched.signals],
    }


def show(watched: WatchResult) -> None:
    """The check for people."""
    check, console = watched.check, Console(highlight=False)
    rows = Table(show_header=False, box=None, pad_edge=False)
    for name, value in _rows(check):
        rows.add_row(name, value)
    console.print(f"[bold]{escape(check.queue)}[/]  {check.taken_at:%Y-%m-%d %H:%M:%S} UTC")
    console.print(rows)
    for breach in watched.found:
        alarm = breach.alarm
        console.print(
            f"[bold red]{alarm.kind.value}[/]  {alarm.meaning} {breach.value:,.6g}, from {alarm.threshold:,.6g}"
        )
    for signal in watched.signals:
        console.print(
            f"event {signal.name.value} for {escape(signal.resource_id)}: {escape(', '.join(signal.alarms))}",
            soft_wrap=True,
        )


def _rows(check: QueueCheck) -> list[tuple[str, str]]:
    depth = check.depth
    parts = f"{depth.visible:,} visible, {depth.in_flight:,} in flight, {depth.delayed:,} delayed"
    unknown = "not known yet"
    growth = unknown if check.growth is None else f"{check.growth:+,.2f} messages/s since the last check"
    age = check.oldest_seconds
    used = check.retention_percent
    oldest = unknown if age is None or used is None else f"{age / 3600:,.1f} h, {used:.1f} % of its retention"
    return [
        ("unrecovered", f"{check.unrecovered:,} ({parts})"),
        ("growth", growth),
        ("oldest message", oldest),
        *_money(check.money_at_risk),
        ("a recovery takes", f"{check.eta_seconds:,.1f} s"),
        (
            "last recovery",
            "running" if check.busy else f"{check.hours_since_run:,.1f} h ago" if check.last_run_started_at else "none",
        ),
    ]


def _money(at_risk: dict[str, int] | None) -> list[tuple[str, str]]:
    """A row, but none for a contract without a revenue side."""
    if at_risk is None:
        return []
    money = ", ".join(format_minor(minor, currency) for currency, minor in at_risk.items())
    return [("money at risk", f"about {money}" if money else "none known")]
