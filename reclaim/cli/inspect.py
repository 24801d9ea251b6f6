"""`reclaim inspect`: what is in the dead-letter queue. Changes nothing."""

from __future__ import annotations

from typing import Final

import click
from rich.console import Console
from rich.progress import Progress

from reclaim.adapters.bootstrap import Ports, open_ports
from reclaim.cli import options
from reclaim.cli.inspection_view import show
from reclaim.exposure.assessment import assess
from reclaim.exposure.holding import HoldingQueue, peek_all, require_contract
from reclaim.exposure.inspection import Inspection, Inspector
from reclaim.exposure.retention import Retention, expected_pace
from reclaim.model.errors import ReclaimError
from reclaim.model.message import Message, QueueDepth
from reclaim.reports.amounts import late_warning
from reclaim.settings import read_settings

_RUNS: Final = 100
"""How many of the newest runs are searched for one that shows the pace."""


@click.command(name="inspect", epilog="Example: reclaim inspect --json | jq .exposure.USD.at_risk.amount_minor")
@options.queue
@click.option(
    "--max-messages", type=click.IntRange(min=1), default=100_000, show_default=True, help="Read no more than this."
)
@options.as_json
def inspect(*, queue: str | None, max_messages: int, as_json: bool) -> None:
    """Show what is in the dead-letter queue: by cause, what money it holds up, and until when SQS keeps it.

    Messages are received, read and put back; only their receive count grows. MongoDB is asked what their records have
    not been charged for; without it, only what the messages say is shown.

    With --json: `exposure` {currency: {at_risk, recovered, quarantined: {records, applications, amount_minor, causes,
    days, top_records}}}, and `outlook` {first_deadline, falls_due by hour, pace with its basis, eta, late}.
    """
    options.require_stack()
    ports = open_ports(read_settings(), queue or "")
    require_contract(ports.queue, ports.contract)
    retention, depth = Retention(ports.queue.name, ports.queue.retention()), ports.queue.depth()
    inspector = Inspector(ports.contract, retention)
    _read(ports, inspector, depth, max_messages, quiet=as_json)
    found = _completed(ports, inspector, depth)
    for sentence in (found.unasked, late_warning(found.outlook)):
        if sentence:
            click.echo(f"Warning: {sentence}", err=True)
    if as_json:
        click.echo(found.model_dump_json(indent=2))
    else:
        show(found, ports.contract.words, Console(highlight=False))


def _read(ports: Ports, inspector: Inspector, depth: QueueDepth, limit: int, *, quiet: bool) -> None:
    hold_seconds = 10 * ports.settings.visibility_timeout_seconds
    held = HoldingQueue(ports.queue, hold_seconds, ports.clock)
    console = Console(stderr=True)
    with Progress(console=console, disable=quiet or not console.is_terminal) as bar:
        row = bar.add_task("Reading", total=depth.total or None)

        def add(messages: list[Message]) -> None:
            inspector.add(messages)
            bar.advance(row, len(messages))

        peek_all(held, limit, ports.settings.wait_time_seconds, hold_seconds, add)


def _completed(ports: Ports, inspector: Inspector, depth: QueueDepth) -> Inspection:
    """With what MongoDB knows of it, if that answers: money matters, but the state of the queue is more urgent."""
    now, rate, queue = ports.clock.now(), ports.settings.rate, ports.queue.name
    try:
        mentions = ports.ledger.mentions(queue, ports.contract.name)
        inspector.claims.add_mentions(mentions, inspector.deadlines.retention.deadline)
        assessment = assess(inspector.claims, ports.records, ports.applications)
        pace = expected_pace(ports.runs.latest(_RUNS), queue, rate)
    except ReclaimError as error:
        unasked = f"What is unbilled is not known. {error}"
        return inspector.result(queue, now, depth, expected_pace([], queue, rate), unasked=unasked)
    return inspector.result(queue, now, depth, pace, assessment)
