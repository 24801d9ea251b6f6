"""The revenue audit: match what was applied for with what was charged, balance, validate, report."""

from __future__ import annotations

from datetime import UTC, datetime

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.runtime import flow_run

from flows.support.auditing import audit_record, closing_record, findings_of, validated
from flows.support.context import RunContext, ports_of
from flows.support.ending import ends_with
from flows.support.finalizing import finalize_without_drain
from reclaim.model.run import RunState
from reclaim.reconciliation.model import Reconciliation
from reclaim.reconciliation.request import ReconcileRequest
from reclaim.reports.revenue.headline import headline
from reclaim.reports.revenue.writer import RECONCILIATION_HTML
from reclaim.settings import read_settings
from tasks.reconcile import attribute, balance, match_rows, open_audit, read, show_audit, write_audit


def audit_name() -> str:
    """The name of a flow run in the Prefect UI: which window, and when."""
    request: ReconcileRequest = flow_run.parameters.get("request") or ReconcileRequest()
    now = datetime.now(UTC)
    window = request.window(now)
    return f"{window.opens:%Y-%m-%d} to {window.closes:%Y-%m-%d}, {now:%Y-%m-%d %H:%M:%S}"


@flow(name="reconcile", flow_run_name=audit_name, persist_result=False)
def reconcile(request: ReconcileRequest = ReconcileRequest()) -> State[Reconciliation]:  # noqa: B008  (the form's defaults)
    """Put every application and every charge of a window into one class, and show that nothing is left over."""
    ports = ports_of(read_settings(), request.queue)
    run = RunContext(ports, audit_record(request, ports))
    ports.contract.require_revenue()
    window = request.window(run.record.started_at)
    run.do(open_audit, ports, run.record)
    with run.closed_on_error():
        backfill = run.do(attribute, ports, window, run.run_id) if request.backfill else None
        data = run.do(read, ports, window, run.run_id)
        matched = run.do(match_rows, data, window)
        totals = run.do(balance, matched, data)
        found = findings_of(run, window, totals, backfill, consistent=data.consistent)
        found = validated(run, found, matched)
        run.do(write_audit, ports, found, matched)
        page = finalize_without_drain(run, closing_record(run.record, found), RECONCILIATION_HTML)
        show_audit(found, page)
        return ends_with(found, headline(found), well=found.state is RunState.COMPLETED)
