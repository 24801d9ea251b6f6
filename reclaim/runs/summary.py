"""What a finished drain came to, and the report that is made of it. Pure."""

from __future__ import annotations

import platform
import resource
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version

from reclaim.contracts.contract import Contract
from reclaim.exposure.money_at_risk import Exposure
from reclaim.exposure.retention import RetentionOutlook
from reclaim.model.errors import ExitCode
from reclaim.model.message import QueueDepth
from reclaim.model.outcome import Cause, Counts
from reclaim.model.run import RunRecord, RunState
from reclaim.model.validation import ValidationResult
from reclaim.recovery.drain import DrainProgress, Ending
from reclaim.reports.model import (
    Attention,
    CauseGroup,
    ProgressSample,
    RunReport,
    StepLatency,
    Throughput,
)
from reclaim.reports.survey import Survey, broken_expectations


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What a run as a whole came to.

    Attributes:
        explanation: why it halted or failed; empty where it did neither.
    """

    state: RunState
    exit_code: ExitCode
    explanation: str = ""


def conclude(
    counts: Counts, validation: ValidationResult, *, halted: str, halt_code: ExitCode, held_elsewhere: int
) -> Conclusion:
    """The first that fits: unbalanced, halted, invalid, in need of a person, done."""
    if not counts.balanced:
        return Conclusion(
            RunState.FAILED,
            ExitCode.BUG,
            f"The counts do not balance: {counts.received} messages were received and {counts.accounted}"
            " accounted for.",
        )
    if halted:
        state = RunState.FAILED if halt_code is ExitCode.BUG else RunState.HALTED
        return Conclusion(state, halt_code, halted)
    if not validation.success and not validation.skipped:
        broken = sum(1 for _, found in validation.failures if found.severity == "critical")
        return Conclusion(RunState.FAILED, ExitCode.NEEDS_A_PERSON, f"{broken} critical expectations are not met.")
    if counts.quarantined or counts.deferred or held_elsewhere or _to_look_at(validation):
        return Conclusion(RunState.COMPLETED, ExitCode.NEEDS_A_PERSON)
    return Conclusion(RunState.COMPLETED, ExitCode.DONE)


def _to_look_at(validation: ValidationResult) -> bool:
    """Whether a person should see what is broken; an expectation of severity info is only mentioned."""
    return any(found.severity != "info" for _, found in validation.failures)


@dataclass(frozen=True, slots=True)
class RunSummary:
    """Everything that a report is made of.

    Attributes:
        survey: what was read of the run's ledger entries; None where the ledger could not be read.
        exposure: what the run's records have not been charged for; None where MongoDB could not be asked.
        outlook: what is left in the queue, and until when; None where it could not be asked.
        step_seconds: how long each batch took, by step.
    """

    record: RunRecord
    contract: Contract
    counts: Counts
    causes: Mapping[str, int]
    progress: DrainProgress
    conclusion: Conclusion
    validation: ValidationResult
    survey: Survey | None
    exposure: Exposure | None
    outlook: RetentionOutlook | None
    timeline: Sequence[ProgressSample]
    step_seconds: Mapping[str, Sequence[float]]
    retries: int
    depth_before: QueueDepth | None
    depth_after: QueueDepth | None
    interrupted: Sequence[str]
    held_elsewhere: int
    finished_at: datetime


def build_report(summary: RunSummary) -> RunReport:
    """The run's report as data."""
    record, survey, progress = summary.record, summary.survey, summary.progress
    return RunReport(
        run_id=record.run_id,
        kind=record.kind,
        contract=summary.contract.name,
        words=summary.contract.words,
        state=summary.conclusion.state,
        queue=record.queue,
        dry_run=bool(record.parameters.get("dry_run")),
        operator=record.operator,
        reason=record.reason,
        approver=record.approver,
        code_version=record.code_version,
        parameters=record.parameters,
        started_at=record.started_at,
        finished_at=summary.finished_at,
        explanation=summary.conclusion.explanation,
        exit_code=summary.conclusion.exit_code,
        counts=summary.counts,
        balanced=summary.counts.balanced,
        reacknowledged=progress.reacknowledged,
        causes={Cause(cause): count for cause, count in summary.causes.items()},
        envelopes=survey.envelopes if survey else {},
        money=survey.money if survey else {},
        exposure=summary.exposure,
        outlook=summary.outlook,
        validation=summary.validation,
        throughput=Throughput.of(summary.counts.accounted + progress.reacknowledged, progress.busy_seconds),
        steps={
            step: StepLatency.of([seconds * 1000 for seconds in durations])
            for step, durations in summary.step_seconds.items()
            if durations
        },
        latency=survey.latency if survey else {},
        timeline=tuple(summary.timeline),
        retries=summary.retries,
        peak_rss_mb=peak_rss_mb(),
        queue_before=summary.depth_before,
        queue_after=summary.depth_after,
        interrupted_runs=tuple(summary.interrupted),
        attention=_attention(summary),
        versions=_versions(),
    )


def peak_rss_mb() -> float:
    """The most memory this process ever held, in megabytes (10^6 bytes)."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Linux counts in kibibytes, macOS in bytes (getrusage(2) of each).
    return round(peak * (1 if sys.platform == "darwin" else 1024) / 1e6, 1)


def _attention(summary: RunSummary) -> Attention:
    deferred = {Cause(cause): count for cause, count in summary.progress.deferred_causes.items()}
    examples = {group.cause: group.examples for group in summary.survey.deferred} if summary.survey else {}
    return Attention(
        quarantined=summary.survey.quarantined if summary.survey else (),
        # The run's own count: a store that was down does not know some of them.
        deferred=tuple(CauseGroup(cause=c, count=n, examples=examples.get(c, ())) for c, n in deferred.items()),
        expectations=tuple(x for x in broken_expectations(summary.validation) if x.severity != "info"),
        unfinished=_unfinished(summary),
    )


def _unfinished(summary: RunSummary) -> tuple[str, ...]:
    sentences = []
    if summary.progress.ending is Ending.ELSEWHERE:
        sentences.append(
            f"{summary.held_elsewhere} messages are in flight elsewhere or hidden for now."
            " Run the recovery again when they are back."
        )
    if summary.survey is None:
        sentences.append("The ledger could not be read, so this report knows no single messages.")
    if summary.exposure is None:
        sentences.append("What is left unbilled could not be found out.")
    return tuple(sentences)


def _versions() -> dict[str, str]:
    packages = ("prefect", "boto3", "pymongo", "pandas", "great-expectations")
    return {"python": platform.python_version(), **{name: version(name) for name in packages}}
