"""What must come out: written beside a staged outage, so that any recovery of it can be checked.

All of it holds after one complete recovery of the outage alone. Of two events of one record that are both in the queue,
the one that is written first stands: which of the two that is depends on the order in which they arrive, so their two
entries under `events` may change places. Counts and causes are the same in every order.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import orjson

from reclaim.contracts.reading import read_event
from reclaim.files import arriving
from reclaim.local.outage.client_created.revenue import revenue_truth
from reclaim.local.outage.planned import Outage, PlannedMessage
from reclaim.model.event import Event
from reclaim.model.outcome import Outcome

SCHEMA: Final = "reclaim.outage/1"


def truth_of(outage: Outage) -> dict[str, Any]:
    """The truth of `outage` as JSON holds it.

    Keys: `schema`, `seed`, `messages`, `started_at`; `counts` {received and outcome: n}, `causes` {code: n} and
    `kinds` {kind: n}; `events` {SHA-256 of the body: {kind, outcome, cause, record_key}}; `staged` {collection: n}.
    With a revenue side also `revenue`, as `reclaim reconcile --json` shows it for that `from`, `to` and `as_of`;
    without one `money` {currency: {records, amount_minor}}, what the recovered records are worth.
    """
    messages, revenue = outage.messages, outage.contract.revenue
    outcomes = Counter(message.outcome for message in messages)
    staged = {outage.contract.collection: len(outage.records)}
    if revenue:
        staged |= {revenue.applications.name: len(outage.applications), revenue.charges.name: len(outage.charges)}
    return {
        "schema": SCHEMA,
        "seed": outage.seed,
        "messages": len(messages),
        "started_at": _utc(outage.window.started_at),
        "counts": {"received": len(messages)} | {outcome.value: outcomes[outcome] for outcome in Outcome},
        "causes": dict(sorted(Counter(message.cause.value for message in messages).items())),
        "kinds": {kind.value: count for kind, count in outage.kinds.items()},
        "events": {message.body_sha256: _entry(message) for message in messages},
        "staged": staged,
        **({"revenue": _revenue(outage)} if revenue else {"money": _money(outage)}),
    }


def write_truth(outage: Outage, path: Path) -> None:
    """Write the truth of `outage` to `path`, creating its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with arriving(path) as partial:
        partial.write_bytes(orjson.dumps(truth_of(outage), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def truth_path(folder: Path, seed: int, messages: int) -> Path:
    """Where the truth of such an outage is unless another place is named."""
    return folder / f"outage-{seed}-{messages}.json"


def _entry(message: PlannedMessage) -> dict[str, str | None]:
    return {
        "kind": message.kind.value,
        "outcome": message.outcome.value,
        "cause": message.cause.value,
        "record_key": message.record_key,
    }


def _revenue(outage: Outage) -> dict[str, Any]:
    times = {"from": outage.window.opens_at, "to": outage.window.as_of, "as_of": outage.window.as_of}
    stated = {name: _utc(moment) for name, moment in times.items()}
    return stated | revenue_truth(outage.applications, outage.charges)


def _money(outage: Outage) -> dict[str, dict[str, int]]:
    sums: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for message in outage.messages:
        event = read_event(message.body, outage.contract) if message.outcome is Outcome.RECOVERED else None
        if isinstance(event, Event) and event.amount:
            sums[event.amount.currency].update(records=1, amount_minor=event.amount.minor)
    return {currency: dict(sums[currency]) for currency in sorted(sums)}


def _utc(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
