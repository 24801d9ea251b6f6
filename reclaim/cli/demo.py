"""`reclaim demo`: the main job from nothing, on a stack of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import click

from reclaim.adapters.provisioning import Provisioning
from reclaim.cli import options
from reclaim.cli.seed import show_seeded, staging_progress
from reclaim.cli.stack_progress import watching
from reclaim.contracts.loading import load_contract
from reclaim.local.layout import Layout
from reclaim.local.outage import Outage, plan_outage, truth_path
from reclaim.local.outage.staging import SeedResult, seed_stack
from reclaim.local.stack import Stack, running_stack
from reclaim.model.errors import UsageError
from reclaim.settings import Settings, read_settings

_NAMES_ANOTHER_STACK = (
    "AWS_PROFILE",
    "AWS_SESSION_TOKEN",
    "RECLAIM_MONGO_DATABASE",
    "RECLAIM_QUEUE",
    "RECLAIM_SOURCE_QUEUE",
)


@click.command(epilog="Example: reclaim demo --messages 5000 --seed 7 --keep")
@click.option("--messages", type=click.IntRange(min=1), default=1000, show_default=True, help="How many messages.")
@click.option(
    "--seed", type=click.IntRange(min=0), default=7, show_default=True, help="The same seed stages the same outage."
)
@click.option("--keep", is_flag=True, help="Leave the stack running, to look around.")
@options.as_json
def demo(*, messages: int, seed: int, keep: bool, as_json: bool) -> int:
    """Stage an outage on a local stack and recover it: real SQS semantics, a real MongoDB, a real Prefect.

    Starts MongoDB, LocalStack and Prefect on loopback, lets SQS itself move the failing events into the dead-letter
    queue, recovers them, validates the result and writes the report.
    """
    layout = Layout.find(os.environ, Path.cwd())
    outage = plan_outage(messages, seed, contract=load_contract(read_settings().contract))
    with (
        watching("Starting the local stack …") as on_progress,
        running_stack(Stack(layout), keep=keep, on_progress=on_progress) as running,
    ):
        point_at(running.variables)
        seeded = stage(outage, layout)
        if not as_json:
            show_seeded(seeded)
        exit_code = recover(as_json=as_json)
        click.echo(_where(running.variables, keep=keep), err=True)
    return exit_code


def recover(*, as_json: bool) -> int:
    """Run the very command that a user would type, to its end: its logs reach Prefect before that is stopped."""
    command = [sys.executable, "-m", "reclaim", "recover", "--yes", "--operator", "demo", "--reason", "a staged outage"]
    return subprocess.run([*command, *(["--json"] if as_json else [])], check=False).returncode  # noqa: S603


def point_at(variables: Mapping[str, str]) -> None:
    """Have this process work on the local stack and no other, also where its environment names one."""
    for name in _NAMES_ANOTHER_STACK:
        os.environ.pop(name, None)
    os.environ.update(variables)


def stage(outage: Outage, layout: Layout) -> SeedResult:
    """Provision and stage; beside what an earlier demonstration left, if that is in the way."""
    settings = read_settings()
    truth = truth_path(layout.state, outage.seed, len(outage.messages))
    Provisioning(settings).apply()
    try:
        return _seed(outage, settings, truth)
    except UsageError:
        suffix = f"{datetime.now(UTC):%H%M%S}"
        os.environ["RECLAIM_MONGO_DATABASE"] = f"{settings.mongo_database}_{suffix}"
        os.environ["RECLAIM_QUEUE"] = f"{settings.queue}-{suffix}"
        os.environ["RECLAIM_SOURCE_QUEUE"] = f"{settings.source_queue}-{suffix}"
        settings = read_settings()
        click.echo(
            f"An earlier outage is in the way; staging in {settings.mongo_database} and {settings.queue}.", err=True
        )
        Provisioning(settings).apply()
        return _seed(outage, settings, truth)


def _seed(outage: Outage, settings: Settings, truth: Path) -> SeedResult:
    with staging_progress() as on_progress:
        return seed_stack(outage, settings, truth, on_progress)


def _where(variables: Mapping[str, str], *, keep: bool) -> str:
    if not keep:
        return "The stack is stopped again; `reclaim demo --keep` leaves it running."
    ui, mongo = variables["PREFECT_UI_URL"], variables["RECLAIM_MONGO_URI"]
    return f"Prefect UI {ui} · MongoDB {mongo} · stop with `reclaim down`."
