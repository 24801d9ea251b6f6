"""What an audit comes to: its state, its exit code and, where it failed, why."""

from __future__ import annotations

from typing import Final

from reclaim.model.errors import ExitCode
from reclaim.model.run import RunState
from reclaim.reconciliation.model import Line, Reconciliation

_NO_SNAPSHOT: Final = "It was not read at one moment, so the data may have changed meanwhile: run it again."


def conclude(found: Reconciliation) -> Reconciliation:
    """`found` with its state, exit code and explanation; the first that fits.

    Unbalanced: failed, a bug. A critical expectation not met: failed, for a person. Applications at risk, late or
    mischarged, misapplied charges, or another expectation not met: completed, for a person. Otherwise done: every
    application is matched, refunded or billable, every charge matched or a refund.
    """
    return found.model_copy(update=_conclusion(found))


def needs_a_person(found: Reconciliation) -> int:
    """How many applications are at risk, late or mischarged."""
    return sum((one.at_risk + one.by_hand + one.mischarged).count for one in found.summary.values())


def misapplied_charges(found: Reconciliation) -> int:
    """How many charges are misapplied."""
    return sum(summary.leakage.charges for summary in found.summary.values())


def _conclusion(found: Reconciliation) -> dict[str, object]:
    validation = found.validation
    if not found.balanced:
        return {"state": RunState.FAILED, "exit_code": ExitCode.BUG, "explanation": _imbalance(found)}
    if not validation.success and not validation.skipped:
        broken = sum(1 for _, one in validation.failures if one.severity == "critical")
        explanation = f"{broken} critical expectations are not met."
        return {"state": RunState.FAILED, "exit_code": ExitCode.NEEDS_A_PERSON, "explanation": explanation}
    warned = any(one.severity != "info" for _, one in validation.failures)
    to_do = warned or misapplied_charges(found) or needs_a_person(found)
    code = ExitCode.NEEDS_A_PERSON if to_do else ExitCode.DONE
    return {"state": RunState.COMPLETED, "exit_code": code, "explanation": ""}


def _imbalance(found: Reconciliation) -> str:
    broken = [
        f"{check.of} in {check.currency}: {_said(check.classes)} in classes, {_said(check.total)} in MongoDB"
        for check in found.checks
        if not check.holds
    ]
    reason = "" if found.consistent else f" {_NO_SNAPSHOT}"
    return f"The classes are not all there is ({'; '.join(broken)}).{reason}"


def _said(line: Line) -> str:
    return f"{line.count:,} of {line.amount_minor:,} minor units"
