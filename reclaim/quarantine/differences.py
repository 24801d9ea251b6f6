"""Event, record and document as text, and the difference of two texts, line by line."""

from __future__ import annotations

import json
from difflib import unified_diff
from typing import Final

from reclaim.contracts.contract import Contract, value_at
from reclaim.model.record import Record
from reclaim.quarantine.exact_json import event_in, write_json

_ABSENT: Final = object()
_MAX_LINES: Final = 400
_MAX_CHARACTERS: Final = 400


def shown_event(body: str, contract: Contract) -> str:
    """The event in `body`, indented; the body as it is where there is none."""
    try:
        return write_json(event_in(body, contract), indent=True)
    except ValueError:
        return body


def shown_record(body: str, contract: Contract) -> str | None:
    """The part of the event in `body` that becomes the record's document, under the document's names, indented.

    None where the event has nothing of it.
    """
    sources = {"_id": contract.record_key, **contract.document, contract.identity_field: contract.identity_path}
    try:
        event = event_in(body, contract)
        found = {name: value_at(event, path, _ABSENT) for name, path in sources.items()}
        fields = {name: value for name, value in found.items() if value is not _ABSENT}
        return write_json(fields, indent=True) if fields else None
    except ValueError:
        return None


def shown_document(record: Record, contract: Contract) -> str:
    """A record as MongoDB holds it, as far as it comes from an event, indented."""
    fields = {"_id": record.record_key, **record.fields, contract.identity_field: record.identity}
    # Others write these fields too, with values that JSON does not have.
    return json.dumps(fields, indent=2, ensure_ascii=False, default=str)


def difference(before: str, after: str, names: tuple[str, str]) -> tuple[str, ...]:
    """A unified diff; empty where nothing differs. Long texts and lines are cut, and say so."""
    lines = unified_diff(_lines(before), _lines(after), *names, lineterm="", n=2)
    return tuple(_cut(line) for line in lines)


def _lines(text: str) -> list[str]:
    lines = text.splitlines()
    return lines if len(lines) <= _MAX_LINES else [*lines[:_MAX_LINES], f"… {len(lines) - _MAX_LINES} more lines"]


def _cut(line: str) -> str:
    over = len(line) - _MAX_CHARACTERS
    return line if over <= 0 else f"{line[:_MAX_CHARACTERS]} … {over} more characters"
