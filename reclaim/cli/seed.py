"""`reclaim seed`: stage an outage on the configured stack."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from reclaim.cli import options
from reclaim.local.environment import require
from reclaim.local.layout import Layout
from reclaim.local.outage import EXPECTED, plan_outage, truth_path
from reclaim.local.outage.plan import APPLICATIONS_PER_CLIENT
from reclaim.local.outage.seeding import Seeded, seed_stack
from reclaim.local.outage.staging import OnProgress, Phase
from reclaim.local.outage.window import OUTAGE_START
from reclaim.settings import read_settings

_TIME_FORMAT = "%Y-%m-%dT%H:%M:%SZ"
_TITLES = {
    Phase.STORING: "Clients, applications, charges",
    Phase.SENDING: "Sent to the source queue",
    Phase.REDRIVING: "Moved to the dead-letter queue",
}


@click.command(epilog="Example: reclaim seed --messages 5000 --seed 7")
@click.option("--messages", type=click.IntRange(min=1), default=500, show_default=True, help="How many dead letters.")
@click.option(
    "--seed", type=click.IntRange(min=0), default=1, show_default=True, help="The same seed stages the same outage."
)
@options.queue
@click.option(
    "--applications-per-client",
    type=click.IntRange(min=0),
    default=APPLICATIONS_PER_CLIENT,
    show_default=True,
    help="Job applications for each client, on average.",
)
@click.option(
    "--started-at",
    type=click.DateTime([_TIME_FORMAT]),
    default=OUTAGE_START.strftime(_TIME_FORMAT),
    show_default=True,
    help="When the outage starts, in UTC.",
)
@click.option(
    "--truth",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to write what must come out.  [default: .reclaim/outage-SEED-MESSAGES.json]",
)
@click.option("--remote", is_flag=True, help="Also where the stack is not on this machine.")
@options.as_json
def seed(  # noqa: PLR0913  (an argument for each option)
    messages: int,
    seed: int,
    queue: str | None,
    applications_per_client: int,
    started_at: datetime,
    truth: Path | None,
    *,
    remote: bool,
    as_json: bool,
) -> None:
    """Stage an outage: dead letters, moved by SQS's own redrive, and what MongoDB held before them.

    All of it is invented, and the same from the same --seed and --messages. What one complete recovery must
    make of it is written to a file, to judge the recovery by.
    """
    require(os.environ)
    settings = read_settings()
    settings = settings.model_copy(update={"queue": queue}) if queue else settings
    outage = plan_outage(
        messages, seed, started_at.replace(tzinfo=UTC), applications_per_client=applications_per_client
    )
    folder = Layout.find(os.environ, Path.cwd()).state
    with staging_progress() as on_progress:
        seeded = seed_stack(outage, settings, truth or truth_path(folder, seed, messages), on_progress, remote=remote)
    if as_json:
        click.echo(json.dumps(seeded.as_dict(), indent=2))
    else:
        show_seeded(seeded)


@contextmanager
def staging_progress() -> Iterator[OnProgress]:
    """A bar for each phase of staging, on stderr, where that is a terminal."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        tasks = {phase: progress.add_task(title, total=None, start=False) for phase, title in _TITLES.items()}

        def on_progress(phase: Phase, done: int, total: int) -> None:
            progress.start_task(tasks[phase])
            progress.update(tasks[phase], completed=done, total=total)

        yield on_progress


def show_seeded(seeded: Seeded) -> None:
    """What was staged by kind, what must become of it, and where that is written down."""
    table = Table("Kind", "Messages", "Must become", "Cause")
    table.columns[1].justify = "right"
    for kind, count in seeded.outage.kinds.items():
        outcome, cause = EXPECTED[kind]
        table.add_row(kind, f"{count:,}", outcome, cause)
    console = Console(highlight=False)
    console.print(table)
    total, outage = len(seeded.outage.messages), seeded.outage
    lines = [
        f"{total:,} dead letters in {seeded.queue}, seed {outage.seed}, staged in {seeded.seconds:.1f} s",
        f"{len(outage.records):,} clients, {len(outage.applications):,} applications, {len(outage.charges):,} charges",
        f"What must come out: {seeded.truth}",
    ]
    if seeded.arrived < total:
        lines.insert(1, f"Only {seeded.arrived:,} were seen to arrive: something drains {seeded.queue} already")
    for line in lines:
        console.print(line, markup=False, soft_wrap=True)
