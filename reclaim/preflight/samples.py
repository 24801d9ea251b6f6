"""A sample of live events, compared with the form that each field's owner declares."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from reclaim.contracts.contract import Contract, value_at
from reclaim.model.envelope import MalformedJson, PayloadUnavailable, UnreadableEnvelope, open_body
from reclaim.model.errors import UsageError
from reclaim.preflight.checklist import Checklist
from reclaim.preflight.items import Item, ItemCheck, failed, passed, skipped
from reclaim.preflight.result import Severity

_ABSENT: Final = object()


@dataclass(frozen=True, slots=True)
class SamplesSeen:
    """What a sample's fields were like; no value of any event is kept.

    Attributes:
        source: where the sample is from: a queue, a file.
        events: how many events of the contract's type it has.
        absent: by field, in how many it is absent, null or empty.
        malformed: by field, in how many it has another form than its owner declares.
    """

    source: str
    events: int
    absent: Counter[str]
    malformed: Counter[str]


def inspect_samples(source: str, bodies: Iterable[str], checklist: Checklist, contract: Contract) -> SamplesSeen:
    """Inspect each event of the contract's type; other bodies are passed over."""
    payloads = [payload for body in bodies if (payload := _payload(body, contract))]
    absent: Counter[str] = Counter()
    malformed: Counter[str] = Counter()
    for field in contract.event_fields:
        forms = [entry.form for entry in checklist.entries(field)]
        values = [value_at(payload, field, _ABSENT) for payload in payloads]
        present = [value for value in values if value is not _ABSENT and value not in (None, "")]
        absent[field] = len(values) - len(present)
        malformed[field] = sum(not all(form.accepts(value) for form in forms) for value in present)
    return SamplesSeen(source, len(payloads), absent, malformed)


def read_events(path: str) -> list[str]:
    """The bodies in a file of JSON lines, or in all of a folder's.

    Raises:
        UsageError: it cannot be read.
    """
    place = Path(path)
    files = sorted(place.glob("*.json*")) if place.is_dir() else [place]
    try:
        return [line for file in files for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise UsageError(
            f"The events in {path} cannot be read: {why}.", "Give a file with one event a line, or a folder of such."
        ) from error


def sample_items(checklist: Checklist | None, contract: Contract) -> tuple[Item[SamplesSeen], ...]:
    """That events carry each field of the contract, in the form its owner declares."""
    return tuple(
        Item(
            f"events.{field}",
            f"Live events carry {field} in its owner's form",
            Severity.ADVISORY,
            f"Have its owner restore {field}; the checklist says how it is rolled back.",
            lambda seen, field=field: _carried(seen, field, checklist),  # type: ignore[misc]
        )
        for field in contract.event_fields
    )


def _carried(seen: SamplesSeen, field: str, checklist: Checklist | None) -> ItemCheck:
    if not seen.events:
        return skipped(f"{seen.source} holds no event of the contract.")
    owners = [owner for entry in checklist.entries(field) for owner in entry.owner] if checklist else []
    absent, malformed = seen.absent[field], seen.malformed[field]
    if not absent and not malformed:
        return passed(f"in all {seen.events:,} of {seen.source}")
    troubles = [f"absent in {absent:,}"] * bool(absent) + [f"of another form in {malformed:,}"] * bool(malformed)
    owned_by = f"; {', '.join(owners)} owns it" if owners else "; it has no owner"
    return failed(f"{field} is {' and '.join(troubles)} of {seen.events:,} events of {seen.source}{owned_by}", *owners)


def _payload(body: str, contract: Contract) -> dict[str, Any] | None:
    try:
        payload = open_body(body, contract.event_type.path).payload
    except (MalformedJson, UnreadableEnvelope, PayloadUnavailable):
        return None
    if not isinstance(payload, dict):
        return None
    event_type = value_at(payload, contract.event_type.path, _ABSENT)
    if event_type is _ABSENT:  # an event that lost its type counts: that field is a field of the contract too
        return payload if contract.record_key.partition(".")[0] in payload else None
    return payload if event_type == contract.event_type.value else None
