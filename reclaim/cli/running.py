"""Runs a recovery in this process, with a live progress bar on a terminal, and shows its result."""

from __future__ import annotations

import gc
import importlib
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.status import Status

from reclaim.adapters.prefect_api.crash_detection import TAG
from reclaim.model.errors import SettingsError, StackUnavailable
from reclaim.recovery.drain import DrainProgress
from reclaim.reports.model import RunReport
from reclaim.reports.terminal import final_balance

if TYPE_CHECKING:
    from prefect import Flow
    from prefect.client.schemas.objects import State

T = TypeVar("T")

_COLUMNS = (
    TextColumn("[bold]{task.description}"),
    BarColumn(bar_width=None),
    MofNCompleteColumn(),
    TextColumn("{task.fields[detail]}", style="dim"),
    TimeElapsedColumn(),
    TextColumn("ETA", style="dim"),
    TimeRemainingColumn(),
)


_COLLECT_AFTER: Final = 50_000
"""Objects; a batch of a few hundred messages makes some ten thousand, nearly all gone when it is done."""


_SWITCH_SECONDS: Final = 0.0005
"""A lane that decides a batch must not keep the others from their answers: at Python's own 5 ms, lanes that wait for
SQS queue up behind it and the drain is a sixth slower."""


def run_drain(entrypoint: str, request: object, *, quiet: bool = False) -> RunReport:
    """Run a flow that drains something here and now; its report.

    Args:
        entrypoint: where the flow is, as `prefect.yaml` names it.
        request: its parameters.
        quiet: show no progress.

    Raises:
        ReclaimError: the run could not begin; nothing was touched.
    """
    console = Console(stderr=True, quiet=quiet)
    with Status("Starting …", console=console):
        # Prefect takes seconds to import; the user should see that.
        module, name = entrypoint.split(":")
        from flows.support.ending import result_of  # noqa: PLC0415

        flow: Flow[[object], State[RunReport]] = getattr(importlib.import_module(module), name)
    # What is imported by now lives as long as the process: the collector need not scan it again and again while
    # batches of short-lived objects come and go.
    gc.collect()
    gc.freeze()
    gc.set_threshold(_COLLECT_AFTER)
    sys.setswitchinterval(_SWITCH_SECONDS)
    with _progress_bar(console):
        return run_flow(lambda: result_of(flow, request))


def show_result(report: RunReport, reports: Path, *, as_json: bool) -> None:
    """The report as JSON, or the headline, the counts and where the rest is."""
    if as_json:
        click.echo(report.to_json().decode(), nl=False)
        return
    console = Console()
    console.print(final_balance(report))
    console.print(f"\nReport  {reports / report.run_id / 'report.html'}", soft_wrap=True, highlight=False)


def run_flow(flow: Callable[[], T]) -> T:
    """Run `flow`; a Prefect server that cannot be reached is an outage, not a bug.

    Raises:
        StackUnavailable: Prefect's server does not answer.
        SettingsError: it refuses the credentials.
    """
    from prefect import tags  # noqa: PLC0415  (it takes seconds; a flow has imported it already)
    from prefect.exceptions import PrefectHTTPStatusError  # noqa: PLC0415

    try:
        with tags(TAG):
            return flow()
    except PrefectHTTPStatusError as error:
        if error.response.status_code not in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            raise
        raise SettingsError(
            f"The Prefect server refuses (HTTP {error.response.status_code}), and nothing was touched.",
            "Set PREFECT_API_AUTH_STRING as the server has it.",
        ) from error
    except (RuntimeError, OSError) as error:
        if "Failed to reach API" not in str(error):
            raise
        raise StackUnavailable(
            "The Prefect server cannot be reached, and nothing was touched.",
            "Start one with `reclaim up`, or correct PREFECT_API_URL.",
        ) from error


@contextmanager
def _progress_bar(console: Console) -> Iterator[None]:
    from tasks.monitor import observer  # noqa: PLC0415  (it brings Prefect with it)

    with Progress(*_COLUMNS, console=console, disable=not console.is_terminal or console.quiet) as bar:
        row = bar.add_task("Recovering", total=None, detail="")
        token = observer.set(lambda progress, expected: _show(bar, row, progress, expected))
        try:
            yield
        finally:
            observer.reset(token)


def _show(bar: Progress, row: TaskID, progress: DrainProgress, expected: int) -> None:
    counts = progress.counts
    done = counts.accounted + progress.reacknowledged
    detail = (
        f"{counts.recovered} recovered · {counts.duplicate} duplicate · {counts.quarantined} quarantined"
        f" · {counts.deferred} deferred · at most {progress.pace:.0f}/s"
    )
    description = "Validating, reporting" if progress.ending else "Recovering"
    bar.update(row, completed=done, total=max(expected, done), detail=detail, description=description)
