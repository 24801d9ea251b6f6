"""`reclaim inspect`: what is in the dead-letter queue. Changes nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import click
from rich.console import Console
from rich.progress import Progress

from reclaim.adapters.bootstrap import Adapters, Target, adapters
from reclaim.cli import options
from reclaim.cli.inspection_view import show
from reclaim.exposure.assessment import assess
from reclaim.exposure.holding import HoldingQueue, look_at_all
from reclaim.exposure.inspection import Inspection, Inspector
from reclaim.exposure.retention import Retention, expected_pace
from reclaim.model.errors import ReclaimError
from reclaim.model.message import Message, QueueDepth
from reclaim.reports.stakes import warning
from reclaim.settings import Settings, read_settings

_RUNS: Final = 100
"""How many of the newest runs are searched for one that tells the pace."""


@click.command(name="inspect", epilog="Example: reclaim inspect --json | jq .exposure.USD.at_risk.amount_minor")
@options.queue
@click.option(
    "--max-messages", type=click.IntRange(min=1), default=100_000, show_default=True, help="Look at no more than this."
)
@options.as_json
def inspect(*, queue: str | None, max_messages: int, as_json: bool) -> None:
    """Show what is in the dead-letter queue: by cause, what it is worth, and until when SQS keeps it.

    Messages are received, read and put back; only their receive count grows. MongoDB is asked what their clients have
    not been charged for; without it, only what the messages say is shown.

    With --json: `exposure` {currency: {at_risk, recovered, quarantined: {clients, applications, amount_minor, causes,
    days, top_records}}}, and `outlook` {first_deadline, falls_due by hour, pace with its basis, eta, late}.
    """
    options.require_stack()
    settings = read_settings()
    name = queue or settings.queue
    held = adapters(Target(name, rehearsal="inspect")).queue
    if not isinstance(held, HoldingQueue):
        raise TypeError("an inspection must not be able to delete")
    inspector, depth = Inspector(Retention(held.name, held.retention())), held.depth()
    _look(held, inspector, depth, max_messages, settings, quiet=as_json)
    found = _completed(inspector, adapters(Target(name)), held.name, depth)
    for sentence in (found.unasked, warning(found.outlook)):
        if sentence:
            click.echo(f"Warning: {sentence}", err=True)
    if as_json:
        click.echo(found.model_dump_json(indent=2))
    else:
        show(found, Console(highlight=False))


def _look(
    held: HoldingQueue, inspector: Inspector, depth: QueueDepth, most: int, settings: Settings, *, quiet: bool
) -> None:
    console = Console(stderr=True)
    with Progress(console=console, disable=quiet or not console.is_terminal) as bar:
        row = bar.add_task("Looking", total=depth.total or None)

        def look(messages: list[Message]) -> None:
            inspector.look(messages)
            bar.advance(row, len(messages))

        look_at_all(held, most, settings.wait_time_seconds, 10 * settings.visibility_timeout_seconds, look)


def _completed(inspector: Inspector, outside: Adapters, queue: str, depth: QueueDepth) -> Inspection:
    """With what MongoDB knows of it, if that answers: money is worth knowing, but the queue's state is more urgent."""
    now, rate = datetime.now(UTC), outside.settings.rate
    try:
        mentions = outside.ledger.mentions(queue)
        inspector.claims.add_mentions(mentions, inspector.deadlines.retention.deadline)
        assessment = assess(inspector.claims, outside.records, outside.applications)
        pace = expected_pace(outside.runs.latest(_RUNS), queue, rate)
    except ReclaimError as error:
        unasked = f"What is unbilled is not known. {error}"
        return inspector.result(queue, now, depth, expected_pace([], queue, rate), unasked=unasked)
    return inspector.result(queue, now, depth, pace, assessment)
