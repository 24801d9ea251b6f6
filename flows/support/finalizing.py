"""How a run ends: counts, validation, report, evidence, registry, and the state that Prefect shows.

The order of an end: the files of the report, the manifest that seals them, the entry in the registry, the published
folder, the artifacts in Prefect.
"""

from __future__ import annotations

from prefect.client.schemas.objects import State

from flows.support.context import DrainContext, RunContext
from flows.support.ending import ends_with
from reclaim.model.outcome import Counts
from reclaim.model.run import RunRecord, RunState
from reclaim.model.validation import ValidationResult
from reclaim.recovery.drain import DrainProgress, Ending
from reclaim.reports.headline import headline
from reclaim.reports.model import RunReport
from reclaim.runs.summary import RunSummary, build_report, conclude
from tasks.evidence import sealed
from tasks.exposure import read_prospect
from tasks.report import RunRead, publish, read_run, show_summary, write_report_files
from tasks.run import close_interrupted, close_run, look_at_queue, release_held
from tasks.validate import validate


def finalize(run: DrainContext) -> State[RunReport]:
    """Count, validate, report, seal and close a run that drained: one that is not sound ends as failed."""
    report = summarize(run)
    record = sealed(run.retries, run.ports, record_of(run.record, report))
    run.best_effort("the registry", close_run, run.ports, record)
    if report.state is RunState.COMPLETED and not run.ports.is_dry_run:
        empty = run.drain.progress().ending is Ending.EMPTY
        run.best_effort("the registry", close_interrupted, run.ports, run.record, queue_is_empty=empty)
    page = run.do(publish, run.ports, run.run_id, "report.html")
    show_summary(report, page)
    if run.terminated:
        raise run.terminated
    return ends_with(report, headline(report), well=report.state is RunState.COMPLETED)


def finalize_without_drain(run: RunContext, record: RunRecord, page: str) -> str:
    """Seal the folder of a run whose files are written, close its entry, publish; where its `page` then is."""
    run.do(close_run, run.ports, sealed(run.retries, run.ports, record))
    return run.do(publish, run.ports, run.run_id, page)


def summarize(run: DrainContext) -> RunReport:
    """Everything there is to say about the run, with the files of its report.

    Counts, rows and the registry's entry come from one read of the ledger, so that they cannot contradict each other.
    """
    progress = run.drain.progress()
    depth_after = run.best_effort("the queue", look_at_queue, run.ports)
    if run.ports.is_dry_run:  # before anything else can fail
        run.best_effort("the queue", release_held, run.ports)
    read = run.best_effort("the ledger", read_run, run.ports, run.record)
    counts = _counts(progress, read)
    validation = _validation(run, counts, read)
    left = depth_after.total if depth_after else counts.deferred
    prospect = run.best_effort("the record", read_prospect, run.ports, run.run_id, left, progress)
    report = build_report(
        RunSummary(
            record=run.record,
            contract=run.ports.contract,
            counts=counts,
            causes=_causes(progress, read),
            progress=progress,
            conclusion=conclude(
                counts,
                validation,
                halted=run.drain.halted,
                halt_code=run.drain.halt_code,
                held_elsewhere=run.drain.held_elsewhere,
            ),
            validation=validation,
            survey=read.survey if read else None,
            exposure=prospect.exposure if prospect else None,
            outlook=prospect.outlook if prospect else None,
            timeline=run.monitor.timeline,
            step_seconds=run.step_seconds,
            retries=run.retries.used,
            depth_before=run.opening.depth if run.opening else None,
            depth_after=depth_after,
            interrupted=run.opening.interrupted if run.opening else (),
            held_elsewhere=run.drain.held_elsewhere,
            finished_at=run.clock.now(),
        )
    )
    write_report_files(run.ports, report)
    return report


def record_of(record: RunRecord, report: RunReport) -> RunRecord:
    """The registry's entry of a run as its report says it ended."""
    return record.ended(
        report.state,
        report.finished_at,
        explanation=report.explanation,
        counts=report.counts.as_dict(),
        causes={cause.value: count for cause, count in report.causes.items()},
        reacknowledged=report.reacknowledged,
        balanced=report.balanced,
        money={currency: money.model_dump() for currency, money in report.money.items()},
        timings=report.throughput.model_dump(),
        validation=report.validation,
    )


def _counts(progress: DrainProgress, read: RunRead | None) -> Counts:
    """What was received, as the run counted it, and what became of it, as the ledger holds it.

    Messages that stayed in the queue are counted by the run: a store that was down knows nothing of them. Where the
    ledger could not be read at all, all counts are the run's own.
    """
    if read is None:
        return progress.counts
    final = {outcome: count for outcome, count in read.survey.outcomes.items() if outcome.is_final}
    return Counts.of(progress.counts.received, final, deferred=progress.counts.deferred)


def _causes(progress: DrainProgress, read: RunRead | None) -> dict[str, int]:
    """Messages by cause, from where `_counts` has them."""
    if read is None:
        return progress.causes
    causes = dict(progress.deferred_causes)
    for cause, count in read.survey.final_causes.items():
        causes[cause.value] = causes.get(cause.value, 0) + count
    return causes


def _validation(run: DrainContext, counts: Counts, read: RunRead | None) -> ValidationResult:
    """What the expectations say, or why they were not asked."""
    if run.ports.is_dry_run:
        return ValidationResult(success=True, skipped="A dry run leaves nothing to validate.")
    if read is None:
        return ValidationResult(success=False, skipped="MongoDB did not answer, so nothing could be validated.")
    if counts.received == 0:
        return ValidationResult(success=True, skipped="Nothing was received, so there is nothing to validate.")
    if run.terminated:
        # A worker kills half a minute after the signal. Great Expectations may take that long on a busy machine, and
        # a run that is killed has no report at all.
        return ValidationResult(success=False, skipped="The run was told to end, which leaves no time for it.")
    return run.do(validate, run.ports, run.run_id, counts, read.frames)
