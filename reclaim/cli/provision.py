"""`reclaim provision`: what a recovery needs, created where it is missing."""

from __future__ import annotations

import json
from collections.abc import Sequence

import click

from reclaim.adapters.prefect_api.crash_detection import CrashDetection
from reclaim.adapters.provisioning import Provisionable, Provisioning
from reclaim.cli import options
from reclaim.settings import Settings, read_settings


@click.command(epilog="Example: reclaim provision --plan")
@options.queue
@click.option("--plan", "only_plan", is_flag=True, help="Print what would change, and change nothing.")
@options.as_json
def provision(*, queue: str | None, only_plan: bool, as_json: bool) -> None:
    """Create the queues, collections, indexes, validators, alarms, dashboard and notifications that are missing.

    A second call changes nothing.
    """
    options.require_stack()
    settings = read_settings()
    settings = settings.model_copy(update={"queue": queue}) if queue else settings
    # All are built before any is applied: wrong settings are refused before anything is changed.
    parts: Sequence[Provisionable] = (Provisioning(settings), CrashDetection(), *_notifications(settings))
    lines = [line for part in parts for line in (part.plan() if only_plan else part.apply())]
    if as_json:
        click.echo(json.dumps({"planned" if only_plan else "changed": lines}, indent=2))
    else:
        click.echo("\n".join(lines) if lines else "Everything is in place.")


def _notifications(settings: Settings) -> list[Provisionable]:
    """The notifications, where an address is set and a Prefect server can send there."""
    if settings.notify_url is None:
        return []
    from reclaim.adapters.prefect_api.notifications import NO_SERVER, Notifications, has_server  # noqa: PLC0415  (Prefect takes seconds)

    notifications = Notifications(settings, settings.notify_url.get_secret_value())
    if not has_server():
        click.echo(NO_SERVER, err=True)
        return []
    return [notifications]
