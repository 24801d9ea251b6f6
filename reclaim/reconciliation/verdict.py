"""What an audit comes to: its state, its exit code, and one sentence. Pure."""

from __future__ import annotations

from typing import Final

from reclaim.model.errors import ExitCode
from reclaim.model.run import RunState
from reclaim.reconciliation.model import Line, Reconciliation
from reclaim.reconciliation.summing import total
from reclaim.text.figures import counted

_NOT_AT_ONE_MOMENT: Final = "It was not read at one moment, so the record may have changed meanwhile: run it again."


def judged(found: Reconciliation) -> Reconciliation:
    """`found` with its state, exit code and explanation; the first that fits.

    Unbalanced: failed, a bug. A critical expectation broken: failed, for a person. Anything at risk, by hand,
    mischarged or leaking, or another expectation broken: completed, for a person. Otherwise done: every application
    is matched, refunded or billable, every charge matched or a refund.
    """
    return found.model_copy(update=_judgement(found))


def headline(found: Reconciliation) -> str:
    """The audit in one sentence."""
    applications, charges = _rows(found)
    if not (applications or charges) and found.balanced:
        return "There is no application in this window, and no charge that belongs to none."
    looked_at = f"{counted(applications, 'application')} and {counted(charges, 'charge')}"
    if not found.balanced:
        return f"The audit of {looked_at} does not balance."
    concerned = _applications_for_a_person(found)
    leaking = sum(summary.leakage.charges for summary in found.summary.values())
    if not (concerned or leaking):
        return f"{looked_at} balance, and none of them needs a person."
    return f"{looked_at} balance; {concerned:,} applications need a person, {leaking:,} charges are astray."


def _judgement(found: Reconciliation) -> dict[str, object]:
    validation = found.validation
    if not found.balanced:
        return {"state": RunState.FAILED, "exit_code": ExitCode.BUG, "explanation": _imbalance(found)}
    if not validation.success and not validation.skipped:
        broken = sum(1 for _, one in validation.failures if one.severity == "critical")
        explanation = f"{broken} critical expectations are not met."
        return {"state": RunState.FAILED, "exit_code": ExitCode.NEEDS_A_PERSON, "explanation": explanation}
    to_look_at = any(one.severity != "info" for _, one in validation.failures)
    leaking = any(summary.leakage.charges for summary in found.summary.values())
    needs_a_person = to_look_at or leaking or _applications_for_a_person(found) > 0
    code = ExitCode.NEEDS_A_PERSON if needs_a_person else ExitCode.DONE
    return {"state": RunState.COMPLETED, "exit_code": code, "explanation": ""}


def _imbalance(found: Reconciliation) -> str:
    broken = [
        f"{check.of} in {check.currency}: {_said(check.classes)} in classes, {_said(check.total)} in MongoDB"
        for check in found.checks
        if not check.holds
    ]
    reason = "" if found.consistent else f" {_NOT_AT_ONE_MOMENT}"
    return f"The classes are not all there is ({'; '.join(broken)}).{reason}"


def _said(line: Line) -> str:
    return f"{line.count:,} of {line.amount_minor:,} minor units"


def _rows(found: Reconciliation) -> tuple[int, int]:
    applications = sum(total(classes.values()).count for classes in found.applications.values())
    charges = sum(total(classes.values()).count for classes in found.charges.values())
    return applications, charges


def _applications_for_a_person(found: Reconciliation) -> int:
    return sum((one.at_risk + one.by_hand + one.mischarged).count for one in found.summary.values())
