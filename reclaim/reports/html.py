"""`report.html`: the report as one page that needs nothing else to be read."""

from __future__ import annotations

import re
import shlex
from functools import cache
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from reclaim.exposure.money_at_risk import MoneyStatus
from reclaim.model.outcome import Outcome
from reclaim.model.validation import ValidationResult
from reclaim.reports import amounts, charts, timeline, vocabulary
from reclaim.reports.headline import headline, tone
from reclaim.reports.model import STEPS, RunReport
from reclaim.text import figures
from reclaim.text.printable import capitalized

SHOWN_EXAMPLES: Final = 3
"""Messages of a group that are named at once; the others are folded below them."""

_NUMBER_AND_WORD = re.compile(r"(?<=\d) ")
_PATH_IN_FOLDER = re.compile(r"(?!/)(?!.*\.\.)[\w./-]+")


def render_html(report: RunReport) -> str:
    """The page: self-contained, without scripts, everything that came from a message escaped."""
    return (
        environment()
        .get_template("report.html.j2")
        .render(
            report=report,
            words=report.words,
            causes=vocabulary.cause_meanings(report.words),
            outcomes=vocabulary.outcome_meanings(report.words),
            headline=headline(report),
            tone=tone(report),
            proportions=_proportions(report),
            recovered_amounts=amounts.leading_amounts(report, Outcome.RECOVERED),
            settled_chart=timeline.settled_chart(report.timeline),
            pace_chart=timeline.pace_chart(report.timeline),
            lanes=max((sample.lanes for sample in report.timeline), default=0),
            step_names=[step for step in STEPS if step in report.steps],
            docs_link=docs_link(report.validation),
        )
    )


def docs_link(validation: ValidationResult) -> str | None:
    """Where the page links for the full validation: only ever a path inside the report's own folder."""
    docs = validation.docs or ""
    return docs if _PATH_IN_FOLDER.fullmatch(docs) else None


def trace_command(message_id: str) -> str:
    """What shows a message's way, safe to paste into a shell."""
    return f"reclaim trace {shlex.quote(message_id)}"


def _proportions(report: RunReport) -> Markup:
    counts = report.counts.as_dict()
    segments = [charts.Segment(outcome.value, counts[outcome.value], outcome.value) for outcome in Outcome]
    said = ", ".join(f"{segment.value:,} {segment.label}" for segment in segments)
    return charts.proportion_bar(segments, f"Of {report.counts.received:,} messages received: {said}.")


@cache
def environment() -> Environment:
    """What renders every page: escaping, strict about names, with the filters of `figures`."""
    made = Environment(
        loader=PackageLoader("reclaim.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        number=figures.number,
        counted=figures.counted,
        share=figures.share,
        duration=figures.duration,
        milliseconds=figures.milliseconds,
        elapsed=figures.elapsed,
        moment=figures.moment,
        clock_time=amounts.clock_time,
        amount=figures.amount,
        capitalized=capitalized,
        trace=trace_command,
        unbroken=lambda text: _NUMBER_AND_WORD.sub("\u00a0", text),
    )
    made.globals.update(
        bar=charts.bar,
        latency_bar=charts.latency_bar,
        states=vocabulary.STATES,
        exit_codes=vocabulary.EXIT_CODES,
        intervals=vocabulary.INTERVALS,
        kinds=vocabulary.KINDS,
        shown_examples=SHOWN_EXAMPLES,
        statuses_of=amounts.statuses_of,
        status_names=amounts.STATUS_NAMES,
        amounts=amounts.amounts,
        leading_money=lambda exposure, name: amounts.leading_money(exposure, MoneyStatus(name)),
        deadline_sentences=amounts.deadline_sentences,
        late_warning=amounts.late_warning,
    )
    return made
