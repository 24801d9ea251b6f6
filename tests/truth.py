"""What was staged against what came of it, record by record."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

Outcomes = dict[str, list[tuple[str, str]]]


def outcomes_by_record(found: Mapping[str, tuple[str, str]], events: Mapping[str, Mapping[str, Any]]) -> Outcomes:
    """Outcome and cause of every message, by the record that it names; by itself where it names none.

    Of two events of one record the one that is written first stands, so which of them is recovered depends on the order
    in which they arrive. What becomes of both together does not.

    Args:
        found: outcome and cause by the SHA-256 of the body.
        events: the truth's events, by the same.
    """
    grouped: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for sha256, (outcome, cause) in found.items():
        grouped[events[sha256]["record_key"] or sha256].append((str(outcome), str(cause)))
    return {key: sorted(several) for key, several in grouped.items()}


def staged_outcomes(events: Mapping[str, Mapping[str, Any]]) -> Outcomes:
    """The same of what was staged."""
    return outcomes_by_record({sha256: (one["outcome"], one["cause"]) for sha256, one in events.items()}, events)
