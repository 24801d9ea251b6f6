"""How a run ends: books, validation, report, registry, and the state that Prefect shows."""

from __future__ import annotations

from prefect.client.schemas.objects import State

from flows.support.ending import ends_with
from flows.support.run import Run
from reclaim.adapters.bootstrap import forget
from reclaim.model.run import RunRecord, RunState
from reclaim.model.validation import ValidationResult
from reclaim.recovery.drain import Ending, Progress
from reclaim.reports.model import RunReport
from reclaim.reports.verdict import headline
from reclaim.runs.summary import Account, build_report, judge
from tasks.evidence import sealed
from tasks.exposure import read_prospect
from tasks.report import publish_report, show_summary, survey_ledger, write_files
from tasks.run import Books, close_books, close_interrupted, look_at_queue, release_rehearsal, save_run, unchecked_books
from tasks.validate import validate


def give_account(run: Run) -> State[RunReport]:
    """Close the books, check what MongoDB holds, write the report; a run that is not sound ends as failed."""
    report = account_of(run)
    write_folder(run, report)
    record = sealed(run.retries, run.target, record_of(run.record, report))
    run.attempt("the registry", save_run, run.target, record)
    if report.state is RunState.COMPLETED and not run.is_rehearsal:
        closed_by = run.run_id if run.drain.progress().ending is Ending.EMPTY else None
        run.attempt("the registry", close_interrupted, run.target, run.record, closed_by)
    page = run.retries.around(publish_report)(run.target, run.run_id)
    show_summary(report, page)
    if run.is_rehearsal:
        forget(run.target)
    run.reraise()
    return ends_with(report, headline(report), well=report.state is RunState.COMPLETED)


def account_of(run: Run) -> RunReport:
    """Everything there is to say about the run."""
    progress = run.drain.progress()
    books = books_of(run, progress)
    validation = validation_of(run, books)
    depth_after = run.attempt("the queue", look_at_queue, run.target)
    survey = run.attempt("the ledger", survey_ledger, run.target, run.run_id)
    left = depth_after.total if depth_after else books.counts.deferred
    prospect = run.attempt("the record", read_prospect, run.target, run.run_id, left, progress)
    if run.is_rehearsal:
        run.attempt("the queue", release_rehearsal, run.target)
    halted = run.drain.halted
    verdict = judge(
        books.counts,
        validation,
        halted=halted,
        halt_code=run.drain.halt_code,
        held_elsewhere=run.drain.held_elsewhere,
    )
    return build_report(
        Account(
            record=run.record,
            counts=books.counts,
            causes=books.causes,
            progress=progress,
            verdict=verdict,
            validation=validation,
            survey=survey,
            exposure=prospect.exposure if prospect else None,
            outlook=prospect.outlook if prospect else None,
            timeline=run.monitor.timeline,
            step_seconds=run.step_seconds,
            retries=run.retries.used,
            depth_before=run.opening.depth,
            depth_after=depth_after,
            interrupted=run.opening.interrupted,
            held_elsewhere=run.drain.held_elsewhere,
            finished_at=run.clock.now(),
        )
    )


def books_of(run: Run, progress: Progress) -> Books:
    """The books, counted in the ledger; from this process alone where the ledger does not answer."""
    return run.attempt("the ledger", close_books, run.target, run.run_id, progress) or unchecked_books(progress)


def validation_of(run: Run, books: Books) -> ValidationResult:
    """What the expectations say, or why they were not asked."""
    if run.is_rehearsal:
        return ValidationResult(success=True, skipped="A dry run leaves nothing to validate.")
    if books.checked and books.counts.received == 0:
        return ValidationResult(success=True, skipped="Nothing was received, so there is nothing to validate.")
    if run.terminated:
        # A worker kills half a minute after the signal. Great Expectations may take that long on a busy machine, and
        # a run that is killed gives no account at all.
        return ValidationResult(success=False, skipped="The run was told to end, which leaves no time for it.")
    checked = run.attempt("the record", validate, run.target, run.run_id, books.counts)
    return checked or ValidationResult(success=False, skipped="MongoDB did not answer, so nothing could be validated.")


def write_folder(run: Run, report: RunReport) -> None:
    """The report's files; without single messages if they cannot be read."""
    files = run.attempt("the record", write_files, run.target, report, with_messages=run.ledger_answers)
    if not files:
        write_files(run.target, report, with_messages=False)


def record_of(record: RunRecord, report: RunReport) -> RunRecord:
    """The registry's entry of a run that gave its account."""
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
