"""`reclaim quarantine`: look at, edit and release, or write off what was quarantined."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click
import orjson
from pydantic import SecretStr, ValidationError

from reclaim.adapters.bootstrap import Adapters, Target, adapters
from reclaim.cli import options
from reclaim.cli import quarantine_previews as previews
from reclaim.cli import quarantine_views as views
from reclaim.cli.running import run_drain, show_result
from reclaim.model.errors import ExitCode, UsageError
from reclaim.model.message import queue_name
from reclaim.model.outcome import Cause, Outcome
from reclaim.quarantine.listing import list_open
from reclaim.quarantine.plan import foresee, plan_requested
from reclaim.quarantine.requests import ReleaseRequest
from reclaim.quarantine.rule_file import read_rules
from reclaim.quarantine.selection import Wanted
from reclaim.quarantine.showing import show_message
from reclaim.quarantine.writing_off import WritingOff
from reclaim.reports.vocabulary import CAUSES
from reclaim.settings import read_settings

_QUARANTINED = [cause.value for cause, meaning in CAUSES.items() if meaning.outcome is Outcome.QUARANTINED]

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
    outside = _outside()
    wanted = Cause(cause) if cause else None
    entries = outside.resolutions.open_quarantine(queue=queue_name(queue) if queue else None, cause=wanted)
    listing = list_open(entries, outside.records, outside.applications, whole=wanted is not None)
    if as_json:
        click.echo(listing.model_dump_json(indent=2))
    else:
        views.show_listing(listing, outside.clock.now(), whole=wanted is not None)


@quarantine.command(epilog="Example: reclaim quarantine show 6f1b2a7e-…")
@click.argument("message_id")
@_rules
@options.as_json
def show(*, message_id: str, rules_file: str | None, as_json: bool) -> None:
    """Show one message: its body, what would be written of it, whom it conflicts with, and its history.

    This is the one command that shows a body; it is logged nowhere.
    """
    outside = _outside()
    path = rules_file or outside.settings.repair_rules
    shown = show_message(
        message_id,
        read_rules(Path(path)).values() if path else (),
        ledger=outside.ledger,
        records=outside.records,
        runs=outside.runs,
        key=outside.settings.require_tracking_key(),
        clock=outside.clock,
    )
    if as_json:
        click.echo(orjson.dumps(shown.as_dict(), option=orjson.OPT_INDENT_2))
    else:
        views.show_shown(shown)


@quarantine.command(epilog="Example: reclaim quarantine release --rule whole-rate --dry-run")
@_message_ids
@_cause
@click.option("--rule", metavar="NAME", help="Mend with this repair rule; alone: all open messages that it fits.")
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
    outside = _outside()
    key = outside.settings.require_tracking_key()
    body = SecretStr(_text(body_file)) if body_file else None
    request = _request(**asked, patch=_patch(patch), body=body)
    plan = plan_requested(
        request, outside.settings, ledger=outside.ledger, resolutions=outside.resolutions, clock=outside.clock
    )
    foreseen = foresee(
        [one.message for one in plan.planned], records=outside.records, runs=outside.runs, key=key, clock=outside.clock
    )
    if as_json and (request.dry_run or not plan.planned):
        click.echo(orjson.dumps(previews.plan_as_dict(plan, foreseen), option=orjson.OPT_INDENT_2))
    elif not as_json:
        previews.show_plan(plan, foreseen)
    if request.dry_run or not plan.planned:
        return ExitCode.NEEDS_A_PERSON if plan.left else ExitCode.DONE
    _agree(f"Release {len(plan.planned):,} messages into {outside.settings.mongo_database}?", yes=yes)
    # What was looked at is what is released, whatever has come into quarantine since.
    pinned = request.model_copy(update={"message_ids": plan.message_ids, "cause": None})
    report = run_drain("flows.release:release", pinned, quiet=as_json)
    show_result(report, Path(outside.settings.reports_url), as_json=as_json)
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
    """Write quarantined messages off, and say what that costs. Their bodies stay in the ledger."""
    outside = _outside()
    desk = WritingOff(
        ledger=outside.ledger,
        resolutions=outside.resolutions,
        records=outside.records,
        applications=outside.applications,
        runs=outside.runs,
        clock=outside.clock,
        operator=operator or outside.settings.operator,
        reason=reason,
    )
    plan = desk.plan(Wanted(message_ids, Cause(cause) if cause else None, queue_name(queue) if queue else None))
    if not as_json:
        previews.show_write_off(plan)
    if plan.entries:
        _agree(f"Write {len(plan.entries):,} messages off?", yes=yes)
    run = desk.make(plan) if plan.entries else None
    if as_json:
        click.echo(orjson.dumps(previews.write_off_as_dict(plan, run), option=orjson.OPT_INDENT_2))
    elif run:
        previews.show_written_off(run)
    return ExitCode.NEEDS_A_PERSON if plan.begun else ExitCode.DONE


def _outside() -> Adapters:
    options.require_stack()
    return adapters(Target(read_settings().queue))


def _request(**asked: Any) -> ReleaseRequest:  # noqa: ANN401
    try:
        return ReleaseRequest(**asked)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise UsageError(f"{place} is not usable: {first['msg']}.", "Nothing was changed.") from error


def _agree(question: str, *, yes: bool) -> None:
    """Ask, unless told not to.

    Raises:
        UsageError: there is nobody to be asked.
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
