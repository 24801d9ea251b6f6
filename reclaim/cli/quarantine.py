"""`reclaim quarantine`: list, show, edit and release, or write off what was quarantined."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Final

import click
import orjson
from pydantic import SecretStr, ValidationError

from reclaim.adapters.bootstrap import Ports, open_ports
from reclaim.cli import options
from reclaim.cli import quarantine_views as views
from reclaim.cli.running import run_drain, show_result
from reclaim.model.errors import ExitCode, UsageError
from reclaim.model.message import queue_name
from reclaim.model.outcome import Cause, Outcome
from reclaim.quarantine.discarding import Discarding
from reclaim.quarantine.listing import list_open
from reclaim.quarantine.plan import plan_requested, preview_decisions
from reclaim.quarantine.requests import ReleaseRequest
from reclaim.quarantine.rule_file import read_rules
from reclaim.quarantine.selection import MessageFilter
from reclaim.quarantine.showing import show_message
from reclaim.settings import read_settings

_QUARANTINED: Final = [cause.value for cause in Cause if cause.outcome is Outcome.QUARANTINED]

_queue = click.option("--queue", metavar="NAME", help="Only what came from this queue: name or URL.")
_cause = click.option("--cause", type=click.Choice(_QUARANTINED), help="All open messages of this cause.")
_message_ids = click.argument("message_ids", nargs=-1, metavar="[MESSAGE_ID]...")
_rules = click.option(
    "--rules", "rules_file", metavar="FILE", help="The file of repair rules, instead of RECLAIM_REPAIR_RULES."
)
_operator = click.option("--operator", help="Who does this, instead of RECLAIM_OPERATOR.")
_yes = click.option("--yes", is_flag=True, help="Do not ask.")


@click.group(epilog="Example: reclaim quarantine list, then: reclaim quarantine show MESSAGE_ID")
def quarantine() -> None:
    """Look at what was quarantined, edit and release it, or write it off."""


@quarantine.command(name="list", epilog="Example: reclaim quarantine list --cause schema_violation")
@_cause
@_queue
@options.as_json
def list_(*, cause: str | None, queue: str | None, as_json: bool) -> None:
    """List what is open, by cause; with --cause, every message of it."""
    ports = _open_ports()
    wanted = Cause(cause) if cause else None
    name = queue_name(queue) if queue else None
    entries = ports.resolutions.open_quarantine(ports.contract.name, queue=name, cause=wanted)
    listing = list_open(entries, ports.records, ports.applications, whole=wanted is not None)
    if as_json:
        click.echo(listing.model_dump_json(indent=2))
    else:
        views.show_listing(listing, ports.contract, ports.clock.now(), whole=wanted is not None)


@quarantine.command(epilog="Example: reclaim quarantine show 6f1b2a7e-…")
@click.argument("message_id")
@_rules
@options.as_json
def show(*, message_id: str, rules_file: str | None, as_json: bool) -> None:
    """Show one message: its body, what would be written of it, the record it conflicts with, and its history.

    No other command shows a body, and no log holds one.
    """
    ports = _open_ports()
    path = rules_file or ports.settings.repair_rules
    details = show_message(
        message_id,
        read_rules(Path(path)).values() if path else (),
        ports.contract,
        ledger=ports.ledger,
        records=ports.records,
        key=ports.tracking_key,
        clock=ports.clock,
    )
    if as_json:
        # Others write the record's document too, with values that JSON does not have.
        click.echo(orjson.dumps(details.as_dict(), default=str, option=orjson.OPT_INDENT_2))
    else:
        views.show_details(details, ports.contract)


@quarantine.command(epilog="Example: reclaim quarantine release --rule whole-rate --dry-run")
@_message_ids
@_cause
@click.option("--rule", metavar="NAME", help="Repair with this rule; alone: all open messages that it fits.")
@_rules
@click.option("--patch", metavar="JSON|@FILE", help="A JSON Merge Patch (an object) or a JSON Patch (an array).")
@click.option("--body-file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A whole new body.")
@click.option("--dry-run", is_flag=True, help="Show each difference and what would be decided; write nothing.")
@_queue
@_operator
@click.option("--reason", default="", help="Why; kept with the run and the messages.")
@_yes
@options.as_json
def release(*, body_file: Path | None, patch: str | None, yes: bool, as_json: bool, **asked: Any) -> int:  # noqa: ANN401
    """Send quarantined messages through the pipeline again, edited or as they are.

    Patches and rules address the event inside its envelope, by JSON Pointer. Each released message is a new entry of
    the ledger (MESSAGE_ID~1); the original is kept as it was received. Releasing again what was released does nothing.
    """
    ports = _open_ports()
    key = ports.tracking_key
    body = SecretStr(_text(body_file)) if body_file else None
    request = _request(**asked, patch=_patch(patch), body=body)
    plan = plan_requested(
        request, ports.settings, ports.contract, ledger=ports.ledger, resolutions=ports.resolutions, clock=ports.clock
    )
    messages = [one.message for one in plan.planned]
    previews = preview_decisions(messages, ports.records, ports.contract, key, ports.clock)
    if as_json and (request.dry_run or not plan.planned):
        click.echo(orjson.dumps(views.plan_as_dict(plan, previews, ports.contract), option=orjson.OPT_INDENT_2))
    elif not as_json:
        views.show_plan(plan, previews, ports.contract)
    if request.dry_run or not plan.planned:
        return ExitCode.NEEDS_A_PERSON if plan.left else ExitCode.DONE
    _confirm(f"Release {len(plan.planned):,} messages into {ports.settings.mongo_database}?", yes=yes)
    # What was shown is what is released, whatever has come into quarantine since.
    pinned = request.model_copy(update={"message_ids": plan.message_ids, "cause": None})
    report = run_drain("flows.release:release", pinned, quiet=as_json)
    show_result(report, Path(ports.settings.reports_url), as_json=as_json)
    return report.exit_code or (ExitCode.NEEDS_A_PERSON if plan.left else ExitCode.DONE)


@quarantine.command(epilog='Example: reclaim quarantine discard --cause unsupported_event_type --reason "not ours"')
@_message_ids
@_cause
@click.option("--reason", required=True, help="Why; kept with the run and the messages.")
@_queue
@_operator
@_yes
@options.as_json
def discard(
    *,
    message_ids: tuple[str, ...],
    cause: str | None,
    reason: str,
    queue: str | None,
    operator: str | None,
    yes: bool,
    as_json: bool,
) -> int:
    """Write quarantined messages off, and say how much money that loses. Their bodies stay in the ledger."""
    ports = _open_ports()
    discarding = Discarding(
        ports.contract,
        ledger=ports.ledger,
        resolutions=ports.resolutions,
        records=ports.records,
        applications=ports.applications,
        runs=ports.runs,
        clock=ports.clock,
        operator=operator or ports.settings.operator,
        reason=reason,
    )
    name = queue_name(queue) if queue else None
    plan = discarding.plan(MessageFilter(message_ids, Cause(cause) if cause else None, name))
    if not as_json:
        views.show_discard_plan(plan)
    if plan.entries:
        _confirm(f"Write {len(plan.entries):,} messages off?", yes=yes)
    run = discarding.make(plan) if plan.entries else None
    if as_json:
        click.echo(orjson.dumps(views.discarded_as_dict(plan, run), option=orjson.OPT_INDENT_2))
    elif run:
        views.show_discarded(run)
    return ExitCode.NEEDS_A_PERSON if plan.begun else ExitCode.DONE


def _open_ports() -> Ports:
    options.require_stack()
    return open_ports(read_settings())


def _request(**asked: Any) -> ReleaseRequest:  # noqa: ANN401
    try:
        return ReleaseRequest(**asked)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise UsageError(f"{place} is not usable: {first['msg']}.", "Nothing was changed.") from error


def _confirm(question: str, *, yes: bool) -> None:
    """Ask, unless told not to.

    Raises:
        UsageError: standard input is not a terminal.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise UsageError("There is no terminal to ask on.", "Give --yes; nothing was changed.")
    click.confirm(question, abort=True, err=True)


def _patch(given: str | None) -> str | None:
    return _text(Path(given[1:])) if given and given.startswith("@") else given


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read as UTF-8 text.", "Nothing was changed.") from error
