"""The audit in one plain sentence, and how to feel about it."""

from __future__ import annotations

from collections.abc import Mapping

from reclaim.model.errors import ExitCode
from reclaim.model.run import RunState
from reclaim.reconciliation.model import Reconciliation
from reclaim.reports.revenue.meanings import Standing
from reclaim.reports.verdict import Tone
from reclaim.text.figures import counted, number


def tone(reconciliation: Reconciliation) -> Tone:
    """Bad where the figures cannot be relied on, good where the biller does the rest, else in between."""
    if reconciliation.state is RunState.RUNNING:
        return Tone.NEUTRAL
    if reconciliation.state is not RunState.COMPLETED or not reconciliation.balanced:
        return Tone.BAD
    return Tone.GOOD if reconciliation.exit_code is ExitCode.DONE else Tone.ATTENTION


def headline(reconciliation: Reconciliation, standing: Mapping[Standing, int], proposals: int) -> str:
    """One sentence for whoever reads no other; `standing` and `proposals` count applications and adjustments."""
    if not reconciliation.balanced:
        return "The books do not balance: do not bill from these figures."
    if not reconciliation.validation.success and not reconciliation.validation.skipped:
        return "Critical expectations are not met: do not bill from these figures before they are understood."
    total = sum(standing.values())
    rest = _rest(reconciliation, standing, proposals)
    if not total:
        return f"There is no application in this window; {rest}."
    if standing[Standing.SETTLED] == total and not proposals:
        return f"{'All ' if total > 1 else ''}{counted(total, 'application')} charged as agreed; {rest}."
    return f"{_billable(standing[Standing.BILLABLE_NOW], total)}; {rest}."


def _billable(billable: int, total: int) -> str:
    if not billable:
        return f"Nothing to bill in {counted(total, 'application')}"
    return f"{number(billable)} of {counted(total, 'application')} can be billed now"


def _rest(reconciliation: Reconciliation, standing: Mapping[Standing, int], proposals: int) -> str:
    parts = []
    if at_risk := standing[Standing.AT_RISK]:
        parts.append(f"{number(at_risk)} {'is' if at_risk == 1 else 'are'} at risk")
    if proposals:
        parts.append(f"{counted(proposals, 'adjustment')} to make by hand")
    elif standing[Standing.MISCHARGED]:
        parts.append("all that was mischarged is put right already")
    if not parts and (broken := broken_expectations(reconciliation)):
        parts.append(f"{counted(broken, 'expectation')} not met")
    return ", ".join(parts) or "nothing needs a person"


def broken_expectations(reconciliation: Reconciliation) -> int:
    """How many expectations somebody must look at; one of severity info is only told."""
    return sum(found.severity != "info" for _, found in reconciliation.validation.failures)
