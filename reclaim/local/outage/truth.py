"""What must come out: written beside a staged outage, so that whatever recovers it can be judged.

All of it holds after one complete recovery of the outage alone.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import orjson

from reclaim.files import arriving
from reclaim.local.outage.plan import Outage
from reclaim.local.outage.planned import PlannedMessage
from reclaim.local.outage.revenue import Application, Charge
from reclaim.local.outage.window import BACKDATING_DAYS
from reclaim.model.outcome import Outcome

SCHEMA: Final = "reclaim.outage/1"

Classes = dict[str, dict[str, dict[str, int]]]
"""``{currency: {class: {"count": n, "amount_minor": sum}}}``."""


def truth_of(outage: Outage) -> dict[str, Any]:
    """The truth of `outage` as JSON holds it.

    Keys: `schema`, `seed`, `messages`, `started_at`; `counts` {received and outcome: n}, `causes` {code: n} and
    `kinds` {kind: n}; `events` {SHA-256 of the body: {kind, outcome, cause, client_id}}; `staged` {collection: n};
    `revenue`, as `reclaim reconcile --json` shows it for that `from`, `to` and `as_of`.
    """
    messages = outage.messages
    outcomes = Counter(message.outcome for message in messages)
    return {
        "schema": SCHEMA,
        "seed": outage.seed,
        "messages": len(messages),
        "started_at": _utc(outage.window.started_at),
        "counts": {"received": len(messages)} | {outcome.value: outcomes[outcome] for outcome in Outcome},
        "causes": dict(sorted(Counter(message.cause.value for message in messages).items())),
        "kinds": {kind.value: count for kind, count in outage.kinds.items()},
        "events": {message.body_sha256: _event(message) for message in messages},
        "staged": {
            "clients": len(outage.clients),
            "applications": len(outage.applications),
            "charges": len(outage.charges),
        },
        "revenue": _revenue(outage),
    }


def _event(message: PlannedMessage) -> dict[str, str | None]:
    return {
        "kind": message.kind.value,
        "outcome": message.outcome.value,
        "cause": message.cause.value,
        "client_id": message.client_id,
    }


def write_truth(outage: Outage, path: Path) -> None:
    """Write the truth of `outage` to `path`, creating its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with arriving(path) as partial:
        partial.write_bytes(orjson.dumps(truth_of(outage), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def truth_path(folder: Path, seed: int, messages: int) -> Path:
    """Where the truth of such an outage lies unless somebody says otherwise."""
    return folder / f"outage-{seed}-{messages}.json"


def _revenue(outage: Outage) -> dict[str, Any]:
    window = outage.window
    return {
        "from": _utc(window.opens_at),
        "to": _utc(window.as_of),
        "as_of": _utc(window.as_of),
        "backdating_days": BACKDATING_DAYS,
        "applications": _classes(outage.applications),
        "charges": _classes(outage.charges),
        "drift": _drift(outage.charges),
    }


def _classes(entries: Iterable[Application | Charge]) -> Classes:
    sums: defaultdict[str, defaultdict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for entry in entries:
        if entry.truth is not None:
            sums[entry.currency][entry.truth.value].update(count=1, amount_minor=entry.amount_minor)
    return {
        currency: {name: dict(sums[currency][name]) for name in sorted(sums[currency])} for currency in sorted(sums)
    }


def _drift(charges: Iterable[Charge]) -> dict[str, dict[str, int]]:
    """Per currency, how much too much and how much too little was charged; both are positive sums."""
    sums: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for charge in charges:
        if charge.truth is not None and charge.drift_minor:
            name = "over_minor" if charge.drift_minor > 0 else "under_minor"
            sums[charge.currency][name] += abs(charge.drift_minor)
    return {
        currency: {"over_minor": sums[currency]["over_minor"], "under_minor": sums[currency]["under_minor"]}
        for currency in sorted(sums)
    }


def _utc(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
