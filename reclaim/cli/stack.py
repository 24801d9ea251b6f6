"""`reclaim up`, `reclaim down`, `reclaim status`: the local stack."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

import click
from rich.console import Console
from rich.table import Table

from reclaim.cli import options
from reclaim.cli.stack_progress import STYLES, watching
from reclaim.local.stack import Running, Stack
from reclaim.local.status import ServiceStatus
from reclaim.model.errors import StackUnavailable

_TABLE_WIDTH = 120


@click.command(epilog="Example: reclaim up && reclaim seed --messages 1000")
@options.as_json
def up(*, as_json: bool) -> None:
    """Start the local stack: MongoDB, LocalStack and a Prefect server.

    Starts only what does not run yet, installs it first if need be (about 500 MB, once), and writes the addresses to
    .reclaim/stack.env, where every other command finds them. Data of MongoDB and Prefect stays from one time to the
    next; LocalStack starts empty.

    RECLAIM_HOME names the folder to keep .reclaim/ in, RECLAIM_TOOLS one for what is installed, which stacks may share.
    """
    with watching("Starting the local stack …") as show:
        running = Stack.here().up(show)
    if as_json:
        click.echo(json.dumps(_summary(running), indent=2))
    else:
        _describe(running)


@click.command(epilog="Example: reclaim down")
@options.as_json
def down(*, as_json: bool) -> None:
    """Stop the local stack; data of MongoDB and Prefect stays.

    Stops only what `reclaim up` started, and all of that. Exit code 0, also when nothing ran.
    """
    with watching("Stopping the local stack …") as show:
        stopped = Stack.here().down(show)
    if as_json:
        click.echo(json.dumps({"stopped": list(stopped)}, indent=2))
    elif not stopped:
        click.echo("No local stack runs here.")


@click.command(epilog="Example: reclaim status --json | jq -r '.services[].state'")
@options.as_json
def status(*, as_json: bool) -> None:
    """Show the services of the local stack.

    Exit code 0 if all are up or none was started; 4 if one has died, does not answer or is missing.
    """
    services = Stack.here().status()
    if as_json:
        click.echo(json.dumps({"services": [asdict(service) for service in services]}, indent=2))
    elif _none_started(services):
        click.echo("No local stack runs here. Start one with `reclaim up`.")
    else:
        console = Console()
        console.width = max(console.width, _TABLE_WIDTH)  # an address that wraps cannot be copied
        console.print(_table(services))
    _raise_if_incomplete(services)


def _summary(running: Running) -> dict[str, object]:
    services = Stack(running.layout).status()
    return {
        "started": list(running.started),
        "environment_file": str(running.layout.stack_env),
        "services": [asdict(service) for service in services],
    }


def _describe(running: Running) -> None:
    click.echo(f"Prefect UI   {running.variables['PREFECT_UI_URL']}")
    click.echo(f"Environment  {running.layout.stack_env} (other reclaim commands load it by themselves)")
    click.echo("Stop it with `reclaim down`.")


def _none_started(services: Sequence[ServiceStatus]) -> bool:
    return all(service.state == "down" for service in services)


def _raise_if_incomplete(services: Sequence[ServiceStatus]) -> None:
    missing = [f"{service.title} is {service.state}" for service in services if service.state != "up"]
    if missing and not _none_started(services):
        raise StackUnavailable(f"{'; '.join(missing)}.", "Run `reclaim up`; it starts what is missing.")


def _table(services: Sequence[ServiceStatus]) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in ("service", "state", "pid", "uptime", "memory", "address"):
        table.add_column(heading, justify="right" if heading in {"pid", "uptime", "memory"} else "left")
    for service in services:
        state = f"[{STYLES[service.state]}]{service.state}[/]"
        table.add_row(service.title, state, str(service.pid or ""), _uptime(service), _memory(service), service.url)
    return table


def _uptime(service: ServiceStatus) -> str:
    if service.uptime_seconds is None:
        return ""
    minutes, seconds = divmod(round(service.uptime_seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}"


def _memory(service: ServiceStatus) -> str:
    return "" if service.memory_bytes is None else f"{service.memory_bytes / 2**20:.0f} MB"
