"""The steps of an audit: open, backfill, read, match, balance, validate, write the files, show it in Prefect."""

from __future__ import annotations

import logging
from contextvars import ContextVar
from typing import Final

from prefect.artifacts import create_table_artifact

from reclaim.adapters.bootstrap import Ports
from reclaim.files import arriving
from reclaim.model.errors import TransientError
from reclaim.model.run import RunRecord
from reclaim.model.validation import ValidationResult
from reclaim.reconciliation.audit_data import AuditData, OnRead, read_audit_data
from reclaim.reconciliation.matching import Matched, match
from reclaim.reconciliation.model import AuditWindow, Backfill, Reconciliation
from reclaim.reconciliation.totals import AuditTotals, totals_of
from reclaim.reports.revenue.headline import headline
from reclaim.reports.revenue.overview import overview
from reclaim.reports.revenue.writer import write_revenue
from reclaim.runs.liveness import HEARTBEAT_SECONDS
from tasks.report import link_to_report
from tasks.retrying import step

_log = logging.getLogger(__name__)

RECONCILIATION_JSON: Final = "reconciliation.json"

observer: ContextVar[OnRead | None] = ContextVar("audit observer", default=None)
"""What shows the progress of the reading in this process, such as the command line."""


@step
def open_audit(ports: Ports, run: RunRecord) -> None:
    """Enter the audit into the registry."""
    ports.runs.begin(run)


@step
def attribute(ports: Ports, window: AuditWindow, run_id: str) -> Backfill:
    """Write tracking IDs to the window's applications of recovered clients that have none."""
    return ports.revenue.attribute(window, run_id, ports.clock.now())


@step
def read(ports: Ports, window: AuditWindow, run_id: str) -> AuditData:
    """Applications, charges and clients, all of one moment."""
    with ports.revenue.reading() as reader:
        return read_audit_data(reader, window, ports.contract, _watched(ports, run_id))


@step
def match_rows(data: AuditData, window: AuditWindow) -> Matched:
    """Every application and every charge into its class."""
    return match(data, window)


@step
def balance(matched: Matched, data: AuditData) -> AuditTotals:
    """What the classes come to, set against what MongoDB counted by itself."""
    return totals_of(matched, data.totals)


@step
def validate_audit(ports: Ports, found: Reconciliation, matched: Matched) -> ValidationResult:
    """The rows against the expectations of finance; Data Docs go beside the report."""
    docs = ports.reports.folder(found.run_id) / "validation"
    return ports.validator.validate_audit(found, matched, ports.contract, docs)


@step
def write_audit(ports: Ports, found: Reconciliation, matched: Matched) -> None:
    """The files of the report."""
    folder = ports.reports.folder(found.run_id)
    folder.mkdir(parents=True, exist_ok=True)
    with arriving(folder / RECONCILIATION_JSON) as path:
        path.write_bytes(found.to_json())
    write_revenue(found, matched.applications, matched.charges, folder)


@step
def show_audit(found: Reconciliation, page: str) -> None:
    """Artifacts for the Prefect UI: a table for each currency, and the way to the page."""
    key = f"reconciliation-{found.run_id}".lower()
    for currency in found.currencies:
        rows = [dict(zip(("what", "count", "amount"), row, strict=True)) for row in overview(found, currency)]
        create_table_artifact(rows, key=f"{key}-{currency.lower()}", description=f"{currency}. {headline(found)}")
    link_to_report(page, key)


def _watched(ports: Ports, run_id: str) -> OnRead:
    """Shows progress, and sends a heartbeat now and then."""
    shown, next_beat = observer.get(), ports.clock.monotonic() + HEARTBEAT_SECONDS

    def on_read(what: str, rows: int) -> None:
        nonlocal next_beat
        if shown:
            shown(what, rows)
        if ports.clock.monotonic() >= next_beat:
            next_beat = ports.clock.monotonic() + HEARTBEAT_SECONDS
            _beat(ports, run_id)

    return on_read


def _beat(ports: Ports, run_id: str) -> None:
    try:
        ports.runs.beat(run_id, ports.clock.now())
    except TransientError as error:  # the reading fails too, and is retried
        _log.warning("no heartbeat: %s", error)
