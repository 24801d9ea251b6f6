"""The run in one plain sentence, and the tone of its page."""

from __future__ import annotations

from enum import StrEnum

from reclaim.model.outcome import Counts
from reclaim.model.run import RunState
from reclaim.reports.model import RunReport
from reclaim.text.figures import counted, number


class Tone(StrEnum):
    """Whether the news is good."""

    GOOD = "good"
    ATTENTION = "attention"
    BAD = "bad"
    NEUTRAL = "neutral"


def tone(report: RunReport) -> Tone:
    """Good where nobody needs to do anything, bad where the run did not do its work, else in between."""
    if report.state in (RunState.FAILED, RunState.HALTED, RunState.INTERRUPTED) or not report.balanced:
        return Tone.BAD
    if report.state is RunState.RUNNING or report.dry_run:
        return Tone.NEUTRAL
    if report.attention.is_empty and not (report.counts.quarantined or report.counts.deferred):
        return Tone.GOOD
    return Tone.ATTENTION


def headline(report: RunReport) -> str:
    """One sentence that a director understands and an auditor can check against the counts."""
    text = _HEADLINES[report.state](report)
    return f"Dry run, nothing was changed. {text}" if report.dry_run else text


def _completed(report: RunReport) -> str:
    counts = report.counts
    if counts.received == 0:
        return _nothing_received(report)
    parts = [_recovered(counts, dry_run=report.dry_run), _people(report)]
    if counts.deferred:
        parts.append(f"{number(counts.deferred)} stayed in the queue")
    broken = len(report.attention.expectations)
    if broken:
        parts.append(f"{counted(broken, 'expectation')} not met")
    return "; ".join(parts) + "."


def _nothing_received(report: RunReport) -> str:
    elsewhere = report.queue_after.in_flight + report.queue_after.delayed if report.queue_after else 0
    if elsewhere:
        return f"No message could be received; {counted(elsewhere, 'message')} in flight elsewhere."
    if report.reacknowledged:
        deleted = counted(report.reacknowledged, "message")
        return f"Nothing new to recover; {deleted} settled by an earlier run deleted again."
    return "The queue was empty: there was nothing to recover."


def _halted(report: RunReport) -> str:
    counts = report.counts
    if counts.received == 0:
        return "Halted before any message was received; nothing was touched."
    people = f"{_people(report)}; " if counts.quarantined else ""
    return f"Halted: {_recovered(counts, stopped=True)}; {people}{number(counts.deferred)} back in the queue."


def _failed(report: RunReport) -> str:
    counts = report.counts
    if not report.balanced or not counts.balanced:
        received, accounted = number(counts.received), number(counts.accounted)
        return f"Failed: the counts do not balance. {received} received, {accounted} accounted for."
    critical = sum(broken.severity == "critical" for broken in report.attention.expectations)
    if critical:
        broken = counted(critical, "critical expectation")
        return f"Failed: {_recovered(counts)}, but {broken} not met."
    if counts.received == 0:
        return "Failed before any message was received."
    return f"Failed before the end: {_recovered(counts, stopped=True)}; {number(counts.deferred)} back in the queue."


def _interrupted(report: RunReport) -> str:
    if report.counts.received == 0:
        return "Interrupted before any message was received. A rerun does the work safely."
    return f"Interrupted: {_recovered(report.counts)} before the process died. A rerun finishes the work safely."


def _running(report: RunReport) -> str:
    if report.counts.received == 0:
        return "Still running: no message received so far."
    return f"Still running: {_recovered(report.counts)} so far."


def _recovered(counts: Counts, *, dry_run: bool = False, stopped: bool = False) -> str:
    """How many of the messages; a run that was stopped has not seen all there are, so it never says "all"."""
    verb = "would be recovered" if dry_run else "recovered"
    if counts.received and counts.recovered == counts.received and not stopped:
        return f"All {number(counts.received)} messages {verb}" if counts.received > 1 else f"1 message {verb}"
    text = f"{number(counts.recovered)} of {counted(counts.received, 'message')} {verb}"
    if not counts.duplicate or counts.recovered + counts.duplicate != counts.received:
        return text
    were = "was a duplicate" if counts.duplicate == 1 else "were duplicates"
    return f"{text}, {number(counts.duplicate)} {were}"


def _people(report: RunReport) -> str:
    quarantined = report.counts.quarantined
    if not quarantined:
        return "nothing needs a person" if report.attention.is_empty else "no message needs a person"
    verb = "would need" if report.dry_run else "needs" if quarantined == 1 else "need"
    return f"{number(quarantined)} {verb} a person"


_HEADLINES = {
    RunState.RUNNING: _running,
    RunState.COMPLETED: _completed,
    RunState.HALTED: _halted,
    RunState.FAILED: _failed,
    RunState.INTERRUPTED: _interrupted,
}
