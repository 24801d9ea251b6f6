"""The report as Markdown and rows, for an orchestrator's artifacts: the news, where the files are the record."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any

from reclaim.model.outcome import Outcome
from reclaim.reports.model import CauseGroup, RunReport
from reclaim.reports.stakes import STANDINGS, amounts, extent, race, stakes, standings, warning
from reclaim.reports.verdict import headline
from reclaim.reports.vocabulary import CAUSES
from reclaim.text.figures import amount, counted, duration, number, share
from reclaim.text.printable import one_line

_NAMED = 5
"""Messages of a group that the summary names."""

_MARKUP = re.compile(r"([\\`*_{}\[\]()#+\-.!|~$:@/=])")
_PLAIN = re.compile(r"[A-Za-z0-9_.:-]+")


def summary_markdown(report: RunReport) -> str:
    """The verdict, the balance, the money and what needs a person; everything from a message escaped."""
    parts = [f"## {headline(report)}", escaped(report.explanation), _balance(report), _facts(report)]
    parts += [_unbilled(report) or _money(report), *_attention(report)]
    return "\n\n".join(part for part in parts if part) + "\n"


def causes_table(report: RunReport) -> list[dict[str, Any]]:
    """A row per cause, the most frequent first: outcome, cause, messages (a number), share, meaning."""
    ranked = sorted(report.causes.items(), key=lambda item: -item[1])
    return [
        {
            "outcome": CAUSES[cause].outcome.value,
            "cause": cause.value,
            "messages": count,
            "share": share(count, report.counts.received),
            "meaning": CAUSES[cause].sentence,
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
    verdict = "balances" if report.balanced else "**does not balance**"
    head = "| " + " | ".join(counts) + " | |"
    return f"{head}\n{'|--:' * len(counts)}|:--|\n| {' | '.join(map(number, counts.values()))} | {verdict} |"


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
    worths = [
        f"- {amount(worth.rate_minor_total, currency)} {outcome.value} ({counted(worth.records, 'record')})"
        for currency, money in report.money.items()
        for outcome in (Outcome.RECOVERED, Outcome.QUARANTINED, Outcome.DEFERRED)
        if (worth := getattr(money, outcome.value)).records
    ]
    return "\n".join(["### One application of each client is worth", "", *worths]) if worths else ""


def _unbilled(report: RunReport) -> str:
    exposure = report.exposure or {}
    lines = [
        f"- {STANDINGS[standing]}: {amounts(held)} ({extent(held)})"
        for standing in standings(exposure)
        if (held := stakes(exposure, standing))
    ]
    if report.outlook and report.outlook.messages:
        lines += [f"- {escaped(sentence)}" for sentence in race(report.outlook)]
        lines += [f"- **{escaped(warning(report.outlook))}**"] if report.outlook.late else []
    return "\n".join(["### Unbilled", "", *lines]) if lines else ""


def _attention(report: RunReport) -> Iterator[str]:
    if report.attention.is_empty:
        return
    yield "### What needs a person"
    yield from map(escaped, report.attention.unfinished)
    if report.attention.quarantined and not report.dry_run:
        yield "What is in quarantine: `reclaim quarantine list`."
    for group in (*report.attention.quarantined, *report.attention.deferred):
        yield _group(group)
    for broken in report.attention.expectations:
        yield f"**{escaped(broken.expectation)}**: {counted(broken.unexpected, 'row')}, {escaped(broken.severity)}"


def _group(group: CauseGroup) -> str:
    meaning = CAUSES[group.cause]
    lines = [f"**{meaning.title}** ({counted(group.count, 'message')}, `{group.cause}`). {meaning.next_step}", ""]
    lines += [f"- {_code(example.message_id)} {escaped(example.detail)}" for example in group.examples[:_NAMED]]
    return "\n".join(lines)
