"""A preflight as a sentence, as rows of a table and as Markdown."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Final

from reclaim.preflight.result import Finding, Preflight, Status

MARKS: Final = {Status.PASS: "pass", Status.FAIL: "FAIL", Status.SKIP: "skip", Status.UNREACHABLE: "no answer"}


def headline(found: Preflight) -> str:
    """The result in one sentence."""
    counts = found.counts
    silent, failed = counts[Status.UNREACHABLE], counts[Status.FAIL]
    if not silent and not failed:
        skipped = f", {counts[Status.SKIP]} skipped" if counts[Status.SKIP] else ""
        return f"All {counts[Status.PASS]} items pass{skipped}."
    blocking = sum(one.severity == "blocking" for one in found.failed)
    parts = [f"{failed} fail{'s' * (failed == 1)}, {blocking} of them blocking"] * bool(failed)
    parts += [f"{silent} could not be checked"] * bool(silent)
    return f"Of {len(found.findings)} items {'; '.join(parts)}."


def who(finding: Finding) -> str:
    """Who to call, and how."""
    return "; ".join(f"{contact.name}: {contact.call}" for contact in finding.call)


def rows(found: Preflight) -> Iterator[tuple[str, Finding]]:
    """What the terminal shows: a code, and the finding of one item or of several neighbours that came out alike.

    What failed always has a row of its own.
    """

    def alike(one: Finding) -> tuple[str, ...]:
        return (one.family, one.status, one.seen, one.code if one.status is Status.FAIL else "")

    for _, group in groupby(found.findings, alike):
        first, *others = group
        yield f"{first.family}.* ({len(others) + 1})" if others else first.code, first


def table_rows(found: Preflight) -> list[dict[str, str]]:
    """A row per item, for a table artifact."""
    return [
        {
            "item": one.code,
            "result": MARKS[one.status],
            "severity": one.severity.value,
            "what must be true": one.title,
            "seen": one.seen,
            "what to do": one.todo,
            "who to call": who(one),
        }
        for one in found.findings
    ]


def markdown(found: Preflight) -> str:
    """The result, and each item that failed or did not answer with what to do and who to call."""
    troubled = [one for one in found.findings if one.status in {Status.FAIL, Status.UNREACHABLE}]
    lines = [f"# {headline(found)}", "", f"Queue `{found.queue}`, checklist `{found.checklist}`.", ""]
    for one in troubled:
        lines += [f"- **{one.code}** ({one.severity.value}): {_cell(one.seen)}"]
        lines += [f"  - {_cell(text)}" for text in (one.todo, f"Call {who(one)}" if one.call else "") if text]
    return "\n".join(lines)


def _cell(text: str) -> str:
    return " ".join(text.split())
