"""The report as Markdown and rows, for an orchestrator's artifacts: the summary, where the files are the record."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any

from reclaim.model.outcome import Outcome
from reclaim.reports.amounts import (
    STATUS_NAMES,
    amounts,
    deadline_sentences,
    extent,
    late_warning,
    money_of,
    statuses_of,
)
from reclaim.reports.headline import headline
from reclaim.reports.model import CauseGroup, RunReport
from reclaim.reports.vocabulary import cause_meanings
from reclaim.text.figures import amount, counted, duration, number, share
from reclaim.text.printable import one_line

_NAMED = 5
"""Messages of a group that the summary names."""

_MARKUP = re.compile(r"([\\`*_{}\[\]()#+\-.!|~$:@/=])")
_PLAIN = re.compile(r"[A-Za-z0-9_.:-]+")


def summary_markdown(report: RunReport) -> str:
    """The headline, the balance, the money and what needs a person; everything from a message escaped."""
    parts = [f"## {headline(report)}", escaped(report.explanation), _balance(report), _facts(report)]
    parts += [_unbilled(report) or _money(report), *_attention(report)]
    return "\n\n".join(part for part in parts if part) + "\n"


def causes_table(report: RunReport) -> list[dict[str, Any]]:
    """A row per cause, the most frequent first: outcome, cause, messages (a number), share, meaning."""
    meanings = cause_meanings(report.words)
    ranked = sorted(report.causes.items(), key=lambda item: -item[1])
    return [
        {
            "outcome": cause.outcome.value,
            "cause": cause.value,
            "messages": count,
            "share": share(count, report.counts.received),
            "meaning": meanings[cause].sentence,
        }
        for cause, count in ranked
    ]


def escaped(text: str) -> str:
    """`text` on one line that Markdown, tables and HTML all show as it is."""
    return _MARKUP.sub(r"\\\1", html.escape(one_line(text), quote=False))


def _code(text: str) -> str:
    """An ID as code where it is plain; nothing can be escaped inside code, so any other is escaped text."""
    return f"`{text}`" if _PLAIN.fullmatch(text) else escaped(text)


def _balance(report: RunReport) -> str:
    counts = report.counts.as_dict()
    balance = "balanced" if report.balanced else "**not balanced**"
    head = "| " + " | ".join(counts) + " | |"
    return f"{head}\n{'|--:' * len(counts)}|:--|\n| {' | '.join(map(number, counts.values()))} | {balance} |"


def _facts(report: RunReport) -> str:
    facts = [
        f"Queue {_code(report.queue)}",
        f"run {_code(report.run_id)}",
        f"{duration(report.throughput.seconds)} at {number(report.throughput.messages_per_second)} messages/s",
    ]
    if report.validation.skipped:
        facts.append(f"not validated: {escaped(report.validation.skipped)}")
    else:
        facts.append("validation passed" if report.validation.success else "**validation failed**")
    return " · ".join(facts)


def _money(report: RunReport) -> str:
    words = report.words
    lines = [
        f"- {amount(one.rate_minor_total, currency)} {outcome.value}"
        f" ({counted(one.records, words.record, words.records)})"
        for currency, money in report.money.items()
        for outcome in (Outcome.RECOVERED, Outcome.QUARANTINED, Outcome.DEFERRED)
        if (one := getattr(money, outcome.value)).records
    ]
    return "\n".join([f"### Amounts, each {words.record} once", "", *lines]) if lines else ""


def _unbilled(report: RunReport) -> str:
    exposure = report.exposure or {}
    lines = [
        f"- {STATUS_NAMES[status]}: {amounts(money)} ({extent(money, report.words)})"
        for status in statuses_of(exposure)
        if (money := money_of(exposure, status))
    ]
    if report.outlook and report.outlook.messages:
        lines += [f"- {escaped(sentence)}" for sentence in deadline_sentences(report.outlook)]
        lines += [f"- **{escaped(late_warning(report.outlook))}**"] if report.outlook.late else []
    title = "Unbilled" if statuses_of(exposure) else "What is left in the queue"
    return "\n".join([f"### {title}", "", *lines]) if lines else ""


def _attention(report: RunReport) -> Iterator[str]:
    if report.attention.is_empty:
        return
    yield "### What needs a person"
    yield from map(escaped, report.attention.unfinished)
    if report.attention.quarantined and not report.dry_run:
        yield "What is in quarantine: `reclaim quarantine list`."
    for group in (*report.attention.quarantined, *report.attention.deferred):
        yield _group(group, report)
    for broken in report.attention.expectations:
        yield f"**{escaped(broken.expectation)}**: {counted(broken.unexpected, 'row')}, {escaped(broken.severity)}"


def _group(group: CauseGroup, report: RunReport) -> str:
    meaning = cause_meanings(report.words)[group.cause]
    lines = [f"**{meaning.title}** ({counted(group.count, 'message')}, `{group.cause}`). {meaning.next_step}", ""]
    for example in group.examples[:_NAMED]:
        mark = "**the later stands** " if example.later_stands else ""
        lines.append(f"- {mark}{_code(example.message_id)} {escaped(example.detail)}")
    return "\n".join(lines)
