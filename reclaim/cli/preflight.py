"""`reclaim preflight`: the ownership checklist against the running system."""

from __future__ import annotations

from typing import Any, Final

import click
from rich.console import Console
from rich.markup import escape
from rich.status import Status as Spinner
from rich.table import Table

from reclaim.adapters.bootstrap import open_ports
from reclaim.cli import options
from reclaim.preflight.checking import run_preflight
from reclaim.preflight.result import Finding, Preflight, Status
from reclaim.preflight.views import MARKS, headline, rows, who
from reclaim.requests import PreflightRequest
from reclaim.settings import read_settings

_COLOURS: Final = {Status.PASS: "green", Status.FAIL: "bold red", Status.SKIP: "dim", Status.UNREACHABLE: "bold yellow"}
_PATH = click.Path(exists=True, readable=True)


@click.command(epilog="Example: reclaim preflight --offline --events samples.jsonl --json")
@options.queue
@click.option("--checklist", type=_PATH, help="The ownership checklist, instead of RECLAIM_CHECKLIST.")
@click.option(
    "--sample",
    type=click.IntRange(0, 1000),
    default=20,
    show_default=True,
    help="Sample so many messages of the dead-letter queue and put them back.",
)
@click.option("--events", type=_PATH, help="Sample the events in this file (one a line) or folder instead.")
@click.option("--offline", is_flag=True, help="Check the checklist and --events; ask no running system.")
@options.as_json
def preflight(*, as_json: bool, **asked: Any) -> int:  # noqa: ANN401  (the options above, by name)
    """Check that every event field has its owner, and that the system is fit for a recovery.

    Changes nothing. Ends with 0 when every item passes, with 2 when one fails, with 4 when something does not answer.
    A recovery refuses to start while a blocking item fails.
    """
    request = PreflightRequest(**asked)
    if not request.offline:
        options.require_stack()
    with Spinner("Checking …", console=Console(stderr=True, quiet=as_json)):
        found = _run(request)
    if as_json:
        click.echo(found.model_dump_json(indent=2))
    else:
        show(found)
    return found.exit_code


def show(found: Preflight) -> None:
    """A table of every item; below it, for each that failed or did not answer, what to do and who to call."""
    console = Console(highlight=False)
    table = Table("Item", "", "What was seen", box=None, pad_edge=False)
    for code, finding in rows(found):
        colour = _COLOURS[finding.status]
        table.add_row(code, f"[{colour}]{MARKS[finding.status]}[/]", escape(finding.seen))
    console.print(table)
    for code, finding in rows(found):
        if finding.status in {Status.FAIL, Status.UNREACHABLE}:
            _show_failure(console, code, finding)
    console.print(f"\n{headline(found)}")


def _show_failure(console: Console, code: str, finding: Finding) -> None:
    console.print(f"\n[bold]{code}[/]  {finding.severity.value}: {escape(finding.title)}", soft_wrap=True)
    if finding.todo:
        console.print(f"  do    {escape(finding.todo)}", soft_wrap=True)
    if finding.call:
        console.print(f"  call  {escape(who(finding))}", soft_wrap=True)


def _run(request: PreflightRequest) -> Preflight:
    ports = open_ports(read_settings(), request.queue or "")
    # Asking Prefect means importing it, which takes seconds: a step of CI that asks nothing must not wait for that.
    if request.offline:
        return run_preflight(request, ports.settings, ports.contract, ports.clock, None)
    from tasks.preflight import preflight_of  # noqa: PLC0415

    return preflight_of(ports, request)
