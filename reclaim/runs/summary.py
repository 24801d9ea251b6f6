"""How a finished drain is judged, and the report that is made of it. Pure."""

from __future__ import annotations

import platform
import resource
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version

from reclaim.exposure.money_at_risk import Exposure
from reclaim.exposure.retention import Outlook
from reclaim.model.errors import ExitCode
from reclaim.model.message import QueueDepth
from reclaim.model.outcome import Cause, Counts
from reclaim.model.run import RunRecord, RunState
from reclaim.model.validation import ValidationResult
from reclaim.recovery.drain import Ending, Progress
from reclaim.reports.model import (
    Attention,
    CauseGroup,
    RunReport,
    Sample,
    StepLatency,
    Throughput,
)
from reclaim.reports.survey import Survey, broken_expectations


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a run as a whole came to.

    Attributes:
        explanation: why it halted or failed; empty where it did neither.
    """

    state: RunState
    exit_code: ExitCode
    explanation: str = ""


def judge(
    counts: Counts, validation: ValidationResult, *, halted: str, halt_code: ExitCode, held_elsewhere: int
) -> Verdict:
    """The first that fits: unbalanced, halted, invalid, in need of a person, done."""
    if not counts.balanced:
        return Verdict(
            RunState.FAILED,
            ExitCode.BUG,
            f"The books do not balance: {counts.received} messages were received and {counts.accounted} accounted for.",
        )
    if halted:
        state = RunState.FAILED if halt_code is ExitCode.BUG else RunState.HALTED
        return Verdict(state, halt_code, halted)
    if not validation.success and not validation.skipped:
        broken = sum(1 for _, found in validation.failures if found.severity == "critical")
        return Verdict(RunState.FAILED, ExitCode.NEEDS_A_PERSON, f"{broken} critical expectations are not met.")
    if counts.quarantined or counts.deferred or held_elsewhere or _to_look_at(validation):
        return Verdict(RunState.COMPLETED, ExitCode.NEEDS_A_PERSON)
    return Verdict(RunState.COMPLETED, ExitCode.DONE)


def _to_look_at(validation: ValidationResult) -> bool:
    """Whether a person should see what is broken; an expectation of severity info is only told."""
    return any(found.severity != "info" for _, found in validation.failures)


@dataclass(frozen=True, slots=True)
class Account:
    """Everything that a report is made of.

    Attributes:
        survey: what the ledger's entries add up to; None where the ledger could not be read.
        exposure: what the run's clients have not been charged for; None where MongoDB could not be asked.
        outlook: what is left in the queue, and until when; None where it could not be asked.
        step_seconds: how long each batch took, by step.
    """

    record: RunRecord
    counts: Counts
    causes: Mapping[str, int]
    progress: Progress
    verdict: Verdict
    validation: ValidationResult
    survey: Survey | None
    exposure: Exposure | None
    outlook: Outlook | None
    timeline: Sequence[Sample]
    step_seconds: Mapping[str, Sequence[float]]
    retries: int
    depth_before: QueueDepth | None
    depth_after: QueueDepth | None
    interrupted: Sequence[str]
    held_elsewhere: int
    finished_at: datetime


def build_report(account: Account) -> RunReport:
    """The run's report as data."""
    record, survey, progress = account.record, account.survey, account.progress
    return RunReport(
        run_id=record.run_id,
        kind=record.kind,
        state=account.verdict.state,
        queue=record.queue,
        dry_run=bool(record.parameters.get("dry_run")),
        operator=record.operator,
        reason=record.reason,
        approver=record.approver,
        code_version=record.code_version,
        parameters=record.parameters,
        started_at=record.started_at,
        finished_at=account.finished_at,
        explanation=account.verdict.explanation,
        exit_code=account.verdict.exit_code,
        counts=account.counts,
        balanced=account.counts.balanced,
        reacknowledged=progress.reacknowledged,
        causes={Cause(cause): count for cause, count in account.causes.items()},
        envelopes=survey.envelopes if survey else {},
        money=survey.money if survey else {},
        exposure=account.exposure,
        outlook=account.outlook,
        validation=account.validation,
        throughput=Throughput.of(account.counts.accounted + progress.reacknowledged, progress.busy_seconds),
        steps={
            step: StepLatency.of([seconds * 1000 for seconds in durations])
            for step, durations in account.step_seconds.items()
            if durations
        },
        latency=survey.latency if survey else {},
        timeline=tuple(account.timeline),
        retries=account.retries,
        peak_rss_mb=peak_rss_mb(),
        queue_before=account.depth_before,
        queue_after=account.depth_after,
        interrupted_runs=tuple(account.interrupted),
        attention=_attention(account),
        versions=_versions(),
    )


def peak_rss_mb() -> float:
    """The most memory this process ever held, in megabytes (10^6 bytes)."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Linux counts in kibibytes, macOS in bytes (getrusage(2) of each).
    return round(peak * (1 if sys.platform == "darwin" else 1024) / 1e6, 1)


def _attention(account: Account) -> Attention:
    deferred = {Cause(cause): count for cause, count in account.progress.deferred_causes.items()}
    examples = {group.cause: group.examples for group in account.survey.deferred} if account.survey else {}
    return Attention(
        quarantined=account.survey.quarantined if account.survey else (),
        # The run's own count: a store that was down knows nothing of some of them.
        deferred=tuple(CauseGroup(cause=c, count=n, examples=examples.get(c, ())) for c, n in deferred.items()),
        expectations=tuple(x for x in broken_expectations(account.validation) if x.severity != "info"),
        unfinished=_unfinished(account),
    )


def _unfinished(account: Account) -> tuple[str, ...]:
    sentences = []
    if account.progress.ending is Ending.ELSEWHERE:
        sentences.append(
            f"{account.held_elsewhere} messages are in flight elsewhere or hidden for now."
            " Run the recovery again when they are back."
        )
    if account.survey is None:
        sentences.append("The ledger could not be read, so this report knows no single messages.")
    if account.exposure is None:
        sentences.append("What is left unbilled could not be found out.")
    return tuple(sentences)


def _versions() -> dict[str, str]:
    packages = ("prefect", "boto3", "pymongo", "pandas", "great-expectations")
    return {"python": platform.python_version(), **{name: version(name) for name in packages}}
