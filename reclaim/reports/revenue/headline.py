"""The audit in one plain sentence, and its tone."""

from __future__ import annotations

from collections.abc import Mapping

from reclaim.model.errors import ExitCode
from reclaim.model.run import RunState
from reclaim.reconciliation.conclusion import misapplied_charges, needs_a_person
from reclaim.reconciliation.model import Reconciliation
from reclaim.reconciliation.totals import total
from reclaim.reports.headline import Tone
from reclaim.reports.revenue.meanings import ApplicationStatus
from reclaim.text.figures import counted, number


def headline(found: Reconciliation) -> str:
    """The sentence for the terminal and for Prefect: what was audited, and whether it needs a person."""
    applications = sum(total(classes.values()).count for classes in found.applications.values())
    charges = sum(total(classes.values()).count for classes in found.charges.values())
    if not (applications or charges) and found.balanced:
        return "There is no application in this window, and no charge without an application."
    audited = f"{counted(applications, 'application')} and {counted(charges, 'charge')}"
    if not found.balanced:
        return f"The audit of {audited} does not balance."
    people, misapplied = needs_a_person(found), misapplied_charges(found)
    if not (people or misapplied):
        return f"{audited} balance, and none of them needs a person."
    return f"{audited} balance; {people:,} applications need a person, {misapplied:,} charges are misapplied."


def tone(reconciliation: Reconciliation) -> Tone:
    """Bad where the figures cannot be relied on, good where the biller does the rest, else in between."""
    if reconciliation.state is RunState.RUNNING:
        return Tone.NEUTRAL
    if reconciliation.state is not RunState.COMPLETED or not reconciliation.balanced:
        return Tone.BAD
    return Tone.GOOD if reconciliation.exit_code is ExitCode.DONE else Tone.ATTENTION


def page_headline(reconciliation: Reconciliation, counts: Mapping[ApplicationStatus, int], adjustments: int) -> str:
    """The sentence of the page: what can be billed, and what is to be done first.

    Args:
        reconciliation: what was found.
        counts: how many applications have each status.
        adjustments: how many manual adjustments are proposed.
    """
    if not reconciliation.balanced:
        return "The audit does not balance: do not bill from these figures."
    if not reconciliation.validation.success and not reconciliation.validation.skipped:
        return "Critical expectations are not met: do not bill from these figures before they are understood."
    everything = sum(counts.values())
    rest = _rest(reconciliation, counts, adjustments)
    if not everything:
        return f"There is no application in this window; {rest}."
    if counts[ApplicationStatus.SETTLED] == everything and not adjustments:
        return f"{'All ' if everything > 1 else ''}{counted(everything, 'application')} charged as agreed; {rest}."
    return f"{_billable(counts[ApplicationStatus.BILLABLE_NOW], everything)}; {rest}."


def broken_expectations(reconciliation: Reconciliation) -> int:
    """How many expectations that are not met need a person; those of severity info do not."""
    return sum(found.severity != "info" for _, found in reconciliation.validation.failures)


def _billable(billable: int, everything: int) -> str:
    if not billable:
        return f"Nothing to bill in {counted(everything, 'application')}"
    return f"{number(billable)} of {counted(everything, 'application')} can be billed now"


def _rest(reconciliation: Reconciliation, counts: Mapping[ApplicationStatus, int], adjustments: int) -> str:
    parts = []
    if at_risk := counts[ApplicationStatus.AT_RISK]:
        parts.append(f"{number(at_risk)} {'is' if at_risk == 1 else 'are'} at risk")
    if adjustments:
        parts.append(f"{counted(adjustments, 'manual adjustment')} to make")
    elif counts[ApplicationStatus.MISCHARGED]:
        parts.append("all that was mischarged is corrected already")
    if not parts and (broken := broken_expectations(reconciliation)):
        parts.append(f"{counted(broken, 'expectation')} not met")
    return ", ".join(parts) or "nothing needs a person"
