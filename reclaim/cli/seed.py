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
from reclaim.contracts.loading import load_contract
from reclaim.local.environment import require
from reclaim.local.layout import Layout
from reclaim.local.outage import EXPECTED, plan_outage, truth_path
from reclaim.local.outage.client_created.revenue import APPLICATIONS_OPTION, APPLICATIONS_PER_RECORD
from reclaim.local.outage.planned import OUTAGE_START
from reclaim.local.outage.staging import OnStagingProgress, SeedResult, StagingPhase, seed_stack
from reclaim.settings import read_settings

_TIME_FORMAT = "%Y-%m-%dT%H:%M:%SZ"
_TITLES = {
    StagingPhase.STORING: "Stored in MongoDB",
    StagingPhase.SENDING: "Sent to the source queue",
    StagingPhase.REDRIVING: "Moved to the dead-letter queue",
}


@click.command(epilog="Example: reclaim seed --messages 5000 --seed 7")
@click.option("--messages", type=click.IntRange(min=1), default=500, show_default=True, help="How many messages.")
@click.option(
    "--seed", type=click.IntRange(min=0), default=1, show_default=True, help="The same seed stages the same outage."
)
@options.queue
@click.option(
    APPLICATIONS_OPTION,
    "applications_per_record",
    type=click.IntRange(min=0),
    default=APPLICATIONS_PER_RECORD,
    show_default=True,
    help="Applications for each record, on average; only the default contract's outages have them.",
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
    applications_per_record: int,
    started_at: datetime,
    truth: Path | None,
    *,
    remote: bool,
    as_json: bool,
) -> None:
    """Stage an outage: failed messages, moved by SQS's own redrive, and what MongoDB held before them.

    All of it is invented, and the same from the same --seed and --messages. What one complete recovery must
    make of it is written to a file, to check the recovery against.
    """
    require(os.environ)
    settings = read_settings()
    settings = settings.model_copy(update={"queue": queue}) if queue else settings
    outage = plan_outage(
        messages,
        seed,
        started_at.replace(tzinfo=UTC),
        contract=load_contract(settings.contract),
        applications_per_record=applications_per_record,
    )
    folder = Layout.find(os.environ, Path.cwd()).state
    with staging_progress() as on_progress:
        seeded = seed_stack(outage, settings, truth or truth_path(folder, seed, messages), on_progress, remote=remote)
    if as_json:
        click.echo(json.dumps(seeded.as_dict(), indent=2))
    else:
        show_seeded(seeded)


@contextmanager
def staging_progress() -> Iterator[OnStagingProgress]:
    """A bar for each phase of staging, on stderr, where that is a terminal."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        tasks = {phase: progress.add_task(title, total=None, start=False) for phase, title in _TITLES.items()}

        def on_progress(phase: StagingPhase, done: int, total: int) -> None:
            progress.start_task(tasks[phase])
            progress.update(tasks[phase], completed=done, total=total)

        yield on_progress


def show_seeded(seeded: SeedResult) -> None:
    """What was staged by kind, the outcome that it must get, and the file that says so."""
    table = Table("Kind", "Messages", "Must become", "Cause")
    table.columns[1].justify = "right"
    for kind, count in seeded.outage.kinds.items():
        outcome, cause = EXPECTED[kind]
        table.add_row(kind, f"{count:,}", outcome, cause)
    console = Console(highlight=False)
    console.print(table)
    total, outage = len(seeded.outage.messages), seeded.outage
    staged = f"{len(outage.records):,} {outage.contract.words.records}"
    if outage.contract.revenue:
        staged += f", {len(outage.applications):,} applications, {len(outage.charges):,} charges"
    lines = [
        f"{total:,} messages in {seeded.queue}, seed {outage.seed}, staged in {seeded.seconds:.1f} s",
        staged,
        f"What must come out: {seeded.truth}",
    ]
    if seeded.arrived < total:
        lines.insert(1, f"Only {seeded.arrived:,} were seen to arrive: something drains {seeded.queue} already")
    for line in lines:
        console.print(line, markup=False, soft_wrap=True)
