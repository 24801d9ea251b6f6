"""The `reclaim` command itself: finds the stack, runs a command, turns errors into sentences and exit codes."""

from __future__ import annotations

import importlib
import os
import sys
import traceback
from typing import Final

import click

from reclaim import __version__
from reclaim.local.environment import load
from reclaim.model.errors import ExitCode, ReclaimError

COMMANDS: Final = {
    "demo": "reclaim.cli.demo:demo",
    "up": "reclaim.cli.stack:up",
    "down": "reclaim.cli.stack:down",
    "status": "reclaim.cli.stack:status",
    "seed": "reclaim.cli.seed:seed",
    "provision": "reclaim.cli.provision:provision",
    "preflight": "reclaim.cli.preflight:preflight",
    "inspect": "reclaim.cli.inspect:inspect",
    "recover": "reclaim.cli.recover:recover",
    "ingest": "reclaim.cli.ingest:ingest",
    "reconcile": "reclaim.cli.reconcile:reconcile",
    "undo": "reclaim.cli.undo:undo",
    "quarantine": "reclaim.cli.quarantine:quarantine",
    "trace": "reclaim.cli.trace:trace",
    "report": "reclaim.cli.report:report",
    "verify": "reclaim.cli.verify:verify",
    "watch": "reclaim.cli.watch:watch",
}
"""Every command and where it is; imported when it is asked for, because Prefect alone takes seconds."""


class Commands(click.Group):
    """Finds commands by name, imports them late."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  (click's signature)
        """In the order of their usual use."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import the command's module and take it from there."""
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name].split(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command


@click.command(cls=Commands, epilog="Start with: reclaim demo")
@click.version_option(__version__, prog_name="reclaim")
@click.option("--debug", is_flag=True, envvar="RECLAIM_DEBUG", help="Show tracebacks and the orchestrator's log.")
def reclaim(*, debug: bool) -> None:
    """Recover the events of an SQS dead-letter queue, and prove that it was done.

    \b
    Exit codes: 0 done; 2 done, but something needs a person; 3 halted;
    4 a dependency could not be reached; 64 wrong usage or settings; 1 a bug.
    """  # noqa: D301  (click looks for the character, not for its escape)
    load(os.environ)
    settle_prefect(debug=debug)


def settle_prefect(*, debug: bool) -> None:
    """Prefect's log goes to its server; on the terminal it would only repeat what the command says itself."""
    os.environ.setdefault("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "DEBUG" if debug else "CRITICAL")
    os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
    os.environ.setdefault("DO_NOT_TRACK", "1")
    # What `reclaim.adapters.prefect_api.crash_detection` counts on.
    os.environ.setdefault("PREFECT_FLOWS_HEARTBEAT_FREQUENCY", "30")


def run() -> None:
    """The entry point: never a traceback without --debug, always one of the exit codes of `reclaim.model.errors`."""
    debug = "--debug" in sys.argv[1:] or bool(os.environ.get("RECLAIM_DEBUG"))
    try:
        code = reclaim.main(standalone_mode=False)
        sys.exit(code if isinstance(code, int) else ExitCode.DONE)
    except ReclaimError as error:
        _fail(str(error), error.exit_code, debug=debug)
    except click.ClickException as error:
        error.show()
        sys.exit(ExitCode.USAGE)
    except (click.Abort, KeyboardInterrupt):
        _fail("Stopped by the operator.", ExitCode.HALTED, debug=False)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(ExitCode.DONE)
    except Exception as error:  # noqa: BLE001  (the last resort, where a bug becomes an exit code)
        sentence = f"This is a bug in reclaim: {type(error).__name__}: {error}."
        _fail(f"{sentence} Run again with --debug and report what it shows.", ExitCode.BUG, debug=debug)


def _fail(sentence: str, code: ExitCode, *, debug: bool) -> None:
    if debug:
        traceback.print_exc()
    click.echo(f"reclaim: {sentence}", err=True)
    sys.exit(code)
