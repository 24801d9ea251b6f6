"""What an audit says of itself: its entry in the registry, and its findings as they grow."""

from __future__ import annotations

from flows.support.context import RunContext, new_record
from reclaim.adapters.bootstrap import Ports
from reclaim.model.run import RunRecord
from reclaim.reconciliation.conclusion import conclude
from reclaim.reconciliation.matching import Matched
from reclaim.reconciliation.model import AuditWindow, Backfill, Reconciliation
from reclaim.reconciliation.request import ReconcileRequest
from reclaim.reconciliation.totals import AuditTotals
from reclaim.runs.summary import peak_rss_mb
from tasks.reconcile import validate_audit


def audit_record(request: ReconcileRequest, ports: Ports) -> RunRecord:
    """The registry's entry of an audit that begins now."""
    asked = request.model_dump(mode="json", exclude={"queue", "operator", "reason"})
    return new_record("reconcile", ports, request.operator, request.reason, parameters=asked)


def findings_of(
    run: RunContext, window: AuditWindow, totals: AuditTotals, backfill: Backfill | None, *, consistent: bool
) -> Reconciliation:
    """What was found, before it is validated."""
    record = run.record
    return Reconciliation(
        run_id=run.run_id,
        from_=window.opens,
        to=window.closes,
        as_of=window.as_of,
        backdating_days=window.backdating.days,
        backfill=backfill,
        consistent=consistent,
        started_at=record.started_at,
        operator=record.operator,
        reason=record.reason,
        parameters=record.parameters,
        **totals,
    )


def validated(run: RunContext, found: Reconciliation, matched: Matched) -> Reconciliation:
    """The findings with the answers of the expectations, and the state that follows from all of it."""
    validation = run.do(validate_audit, run.ports, found, matched)
    ended = {"validation": validation, "finished_at": run.clock.now(), "timings": dict(run.seconds)}
    return conclude(found.model_copy(update={**ended, "peak_rss_mb": peak_rss_mb()}))


def closing_record(record: RunRecord, found: Reconciliation) -> RunRecord:
    """The registry's entry of an audit that ended."""
    counts = {
        kind: sum(check.classes.count for check in found.checks if check.of == kind)
        for kind in ("applications", "charges")
    }
    if found.backfill:
        counts["backfilled"] = found.backfill.applications
    return record.ended(
        found.state,
        found.finished_at,
        explanation=found.explanation,
        counts=counts,
        balanced=found.balanced,
        money={currency: summary.model_dump() for currency, summary in found.summary.items()},
        timings=found.timings,
        validation=found.validation,
    )
