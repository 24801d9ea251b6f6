"""Two texts set against each other, line by line."""

from __future__ import annotations

from difflib import unified_diff
from typing import Any, Final

from reclaim.model.record import Record
from reclaim.quarantine.exact_json import event_in, write_json

_MAX_LINES: Final = 400
_MAX_CHARACTERS: Final = 400


def shown_event(body: str) -> str:
    """The event in `body`, indented; the body as it is where there is none."""
    try:
        return write_json(event_in(body), indent=True)
    except ValueError:
        return body


def shown_record(body: str) -> str | None:
    """The client that the event in `body` speaks of, indented; None where there is none."""
    try:
        event = event_in(body)
        return write_json(event["client"], indent=True) if isinstance(event, dict) and "client" in event else None
    except ValueError:
        return None


def shown_document(record: Record) -> str:
    """A client as `records` holds it, in the order and under the names of the event."""
    fields: dict[str, Any] = {
        "record_key": record.record_key,
        "name": record.name,
        "country": record.country,
        "billing": record.billing.as_dict() if record.billing else None,
        "identity": record.identity,
    }
    return write_json(fields, indent=True)


def difference(before: str, after: str, names: tuple[str, str]) -> list[str]:
    """A unified diff; empty where nothing differs. Long texts and lines are cut, and say so."""
    lines = unified_diff(_lines(before), _lines(after), *names, lineterm="", n=2)
    return [_cut(line) for line in lines]


def _lines(text: str) -> list[str]:
    lines = text.splitlines()
    return lines if len(lines) <= _MAX_LINES else [*lines[:_MAX_LINES], f"… {len(lines) - _MAX_LINES} more lines"]


def _cut(line: str) -> str:
    over = len(line) - _MAX_CHARACTERS
    return line if over <= 0 else f"{line[:_MAX_CHARACTERS]} … {over} more characters"
