"""What follows for others when an earlier event of a client takes a later one's place.

Whatever was judged by the later event in the meantime must be judged by the earlier one, or the order of arrival
would show in the result. Messages that are settled are found by whoever takes the place, after saying so; one that is
just being settled looks, right after, whether its judge has lost the place. One of the two sees the other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from reclaim.contracts.client_created import ClientCreated, read_event
from reclaim.model.ledger import LedgerEntry
from reclaim.model.outcome import Cause, Outcome
from reclaim.model.record import Client, Recovery, Superseded
from reclaim.ports import ClientStore, Ledger, RunRegistry
from reclaim.recovery.decisions import Decision, compare

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


def judge_anew(client_id: str, clients: ClientStore, ledger: Ledger, runs: RunRegistry, run_id: str) -> None:
    """Judge the events of a client by the one that has the place now, until that stands still.

    Entries of runs that have given their account, and messages that were dealt with since, are left alone. Whoever has
    taken a place in the meantime does the same: the last to look is right, and what it says is what the others would.
    """
    judge = None
    while (client := clients.find([client_id])[client_id]).recovery and client.recovery.message_id != judge:
        judge = client.recovery.message_id
        ledger.supersede(judge, client.recovery.superseded)
        if any(one.outcome is not Outcome.DUPLICATE for one in client.recovery.superseded):
            # Otherwise all agreed: whoever agrees with the one agrees with the other.
            ledger.supersede(judge, _verdicts(client, client.recovery, ledger, runs, run_id))


def _verdicts(client: Client, held: Recovery, ledger: Ledger, runs: RunRegistry, run_id: str) -> list[Superseded]:
    entries = ledger.find([one.message_id for one in held.superseded])
    entries |= {entry.message_id: entry for entry in ledger.of_client(client.client_id)}
    entries.pop(held.message_id, None)
    unclosed = runs.unclosed({entry.run_id for entry in entries.values()}) | {run_id}
    return [
        _verdict(entry.message_id, event, client)
        for entry in entries.values()
        if entry.run_id in unclosed
        and entry.resolution is None
        and entry.cause in _BY_COMPARISON
        and (event := _event_of(entry))
        and not (entry.outcome is Outcome.RECOVERED and _comes_before(event, entry.rank, held))
    ]


def _comes_before(event: ClientCreated, rank: str, held: Recovery) -> bool:
    """Whether it is the event that has taken the place of `held` since that was read."""
    return (event.occurred_at, rank) < (held.occurred_at, held.rank)


def overdue(
    decisions: Sequence[Decision], entries: Mapping[str, LedgerEntry], ledger: Ledger
) -> list[tuple[str, Superseded]]:
    """What `entries`, which were just settled by `decisions`, must become because their judge lost its place meanwhile.

    Returns:
        Pairs of the message that judges now and its verdict; empty when all is as it must be.
    """
    noted = [(e.superseded_by, e.superseded) for e in entries.values() if e.superseded_by and e.superseded]
    judged = {d.message_id: d for d in decisions if d.judged_by}
    judges = ledger.find({d.judged_by for d in judged.values() if d.judged_by}) if judged else {}
    found = [_by_the_present_judge(decision, judges, ledger) for decision in judged.values()]
    latest = {one.message_id: (winner, one) for winner, one in [*noted, *filter(None, found)]}
    return [
        (winner, one)
        for message_id, (winner, one) in latest.items()
        if (entry := entries[message_id]) and (entry.outcome, entry.cause) != (one.outcome, one.cause)
    ]


def _by_the_present_judge(
    decision: Decision, judges: Mapping[str, LedgerEntry], ledger: Ledger
) -> tuple[str, Superseded] | None:
    """Who judges now what `decision` was compared with, and how; None if it is who it was."""
    entry = judges.get(decision.judged_by or "")
    seen = {decision.judged_by}
    while entry and entry.superseded_by and entry.superseded_by not in seen:
        seen.add(entry.superseded_by)
        entry = ledger.find([entry.superseded_by]).get(entry.superseded_by)
    winner = _event_of(entry) if entry and entry.message_id != decision.judged_by else None
    event = decision.case.reading
    if entry is None or winner is None or decision.against is None or not isinstance(event, ClientCreated):
        return None
    held = replace(decision.against, name=winner.name, billing=winner.billing)
    return entry.message_id, _verdict(decision.message_id, event, held)


def _verdict(message_id: str, event: ClientCreated, client: Client) -> Superseded:
    outcome, cause, _ = compare(event, client)
    return Superseded(message_id, outcome, cause)


def _event_of(entry: LedgerEntry) -> ClientCreated | None:
    event = read_event(entry.body)
    return event if isinstance(event, ClientCreated) else None
