"""The revenue audit: match what was applied for with what was charged, balance, validate, report."""

from __future__ import annotations

from datetime import UTC, datetime

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.runtime import flow_run

from flows.support.audit import Audit, give_account, prepare_audit
from reclaim.reconciliation.model import Reconciliation
from reclaim.reconciliation.request import ReconcileRequest
from tasks.reconcile import attribute, balance, match_rows, read


def audit_name() -> str:
    """The name of a flow run in the Prefect UI: which window, and when."""
    request: ReconcileRequest = flow_run.parameters.get("request") or ReconcileRequest()
    now = datetime.now(UTC)
    window = request.window(now)
    return f"{window.opens:%Y-%m-%d} to {window.closes:%Y-%m-%d}, {now:%Y-%m-%d %H:%M:%S}"


@flow(name="reconcile", flow_run_name=audit_name, persist_result=False)
def reconcile(request: ReconcileRequest = ReconcileRequest()) -> State[Reconciliation]:  # noqa: B008  (the form's defaults)
    """Put every application and every charge of a window into one class, and show that nothing is left over."""
    audit: Audit = prepare_audit(request)
    with audit.in_progress():
        if request.backfill:
            audit.backfill = audit.do(attribute, audit.target, audit.window, audit.run_id)
        records = audit.do(read, audit.target, audit.window, audit.run_id)
        matched = audit.do(match_rows, records, audit.window)
        findings = audit.do(balance, matched, records)
        return give_account(audit, findings, matched, consistent=records.consistent)
