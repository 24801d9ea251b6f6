"""`reclaim provision`: what a recovery needs, created where it is missing."""

from __future__ import annotations

import json

import click

from reclaim.adapters.provisioning import Provisioning
from reclaim.cli import options
from reclaim.settings import read_settings


@click.command(epilog="Example: reclaim provision --plan")
@options.queue
@click.option("--plan", "only_plan", is_flag=True, help="Print what would change, and change nothing.")
@options.as_json
def provision(*, queue: str | None, only_plan: bool, as_json: bool) -> None:
    """Create the queues, collections, indexes, validators, alarms and dashboard that are missing.

    A second call changes nothing.
    """
    options.require_stack()
    settings = read_settings()
    provisioning = Provisioning(settings.model_copy(update={"queue": queue}) if queue else settings)
    lines = provisioning.plan() if only_plan else provisioning.apply()
    if as_json:
        click.echo(json.dumps({"planned" if only_plan else "changed": lines}, indent=2))
    else:
        click.echo("\n".join(lines) if lines else "Everything is in place.")
