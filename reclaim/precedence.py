"""What follows for others when an earlier event of a client takes a later one's place.

Whatever was judged by the later event in the meantime must be judged by the earlier one, or the order of arrival
would show in the result. Messages that are settled are found by whoever takes the place; one that is just being
settled looks, right after, whether its judge is still there. Either of the two sees the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from reclaim.clients import Client, Superseded
from reclaim.decisions import Decision, compare
from reclaim.events import ClientCreated, read_event
from reclaim.ledger import LedgerEntry
from reclaim.outcomes import Cause, Outcome
from reclaim.ports import ClientStore, Ledger, RunRegistry

_BY_COMPARISON: Final = frozenset(
    {
        None,
        Cause.MISSING_TRACKING_ID,
        Cause.CARRIED_TRACKING_ID,
        Cause.ALREADY_RECOVERED,
        Cause.CLIENT_CONFLICT,
        Cause.TRACKING_ID_CONFLICT,
    }
)
"""Causes that depend on what else is known of the client; the others are faults of the message alone."""


def displaced(
    decision: Decision, clients: ClientStore, ledger: Ledger, runs: RunRegistry, run_id: str
) -> Sequence[Superseded]:
    """Everything of its client that `decision`, which takes a place, makes something else than it was.

    Entries of runs that have given their account are left alone.
    """
    if all(one.outcome is Outcome.DUPLICATE for one in decision.superseded):
        return decision.superseded  # whoever agreed with the one agrees with the other
    client_id = decision.case.client_id or ""
    client = clients.find([client_id])[client_id]
    if client.recovery is None or client.recovery.message_id != decision.message_id:
        return ()  # a still earlier event took over, and with it this duty
    entries = ledger.find([one.message_id for one in decision.superseded])
    entries |= {entry.message_id: entry for entry in ledger.of_client(client_id)}
    entries.pop(decision.message_id, None)
    unclosed = runs.unclosed({entry.run_id for entry in entries.values()}) | {run_id}
    return [
        _judged(entry.message_id, event, client)
        for entry in entries.values()
        if entry.run_id in unclosed and entry.cause in _BY_COMPARISON and (event := _event_of(entry))
    ]


def overtaken(decisions: Sequence[Decision], ledger: Ledger) -> Iterator[tuple[str, Superseded]]:
    """Those just settled whose judge lost its place while they were on their way: who has it, what that makes them."""
    judged = {d.message_id: (d, judge) for d in decisions if (judge := d.judged_by)}
    judges = ledger.find({judge for _, judge in judged.values()})
    for message_id, (decision, judge) in judged.items():
        entry = judges.get(judge)
        while entry and entry.superseded_by:
            entry = ledger.find([entry.superseded_by]).get(entry.superseded_by)
        winner = _event_of(entry) if entry and entry.message_id != judge else None
        if entry and winner and decision.against and isinstance(decision.case.reading, ClientCreated):
            held = replace(decision.against, name=winner.name, billing=winner.billing)
            yield entry.message_id, _judged(message_id, decision.case.reading, held)


def _judged(message_id: str, event: ClientCreated, client: Client) -> Superseded:
    outcome, cause, _ = compare(event, client)
    return Superseded(message_id, outcome, cause)


def _event_of(entry: LedgerEntry) -> ClientCreated | None:
    event = read_event(entry.body)
    return event if isinstance(event, ClientCreated) else None
