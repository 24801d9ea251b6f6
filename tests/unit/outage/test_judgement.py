"""The truth against the rules: the core's own judge must come to it, in whatever order messages arrive."""

from __future__ import annotations

from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest

from reclaim.local.outage import Outage
from reclaim.model.message import DeadLetter
from reclaim.model.outcome import Cause, Outcome
from reclaim.model.record import Billing, Client
from reclaim.recovery.decisions import Judge, Known, read_cases

_NOW = datetime(2026, 11, 21, tzinfo=UTC)
_RUN = "run_1"


@pytest.mark.parametrize("batch_size", [1, 50, 3000])
@pytest.mark.parametrize("order", range(3))
def test_a_complete_recovery_comes_to_the_truth_in_any_order(outage: Outage, batch_size: int, order: int) -> None:
    letters = _letters(outage)
    Random(order).shuffle(letters)  # noqa: S311  (repeatable, not secret)

    verdicts = _recover(outage, letters, batch_size)

    truth = {f"m{n}": (message.outcome, message.cause) for n, message in enumerate(outage.messages)}
    assert verdicts == truth


def _recover(outage: Outage, letters: list[DeadLetter], size: int) -> dict[str, tuple[Outcome, Cause]]:
    clients = {client["_id"]: _client(client) for client in outage.clients}
    owners = {client.tracking_id: client_id for client_id, client in clients.items() if client.tracking_id}
    verdicts: dict[str, tuple[Outcome, Cause]] = {}
    judge = Judge(b"k" * 32, _RUN, _NOW)
    for start in range(0, len(letters), size):
        cases = read_cases(letters[start : start + size])
        for decision in judge.decide(cases, Known(clients, owners, [_RUN])):
            verdicts[decision.message_id] = (decision.outcome, decision.cause)
            verdicts |= {loser.message_id: (loser.outcome, loser.cause) for loser in decision.superseded}
            if decision.write:
                client = decision.write.client
                clients[client.client_id] = client
                owners[client.tracking_id or ""] = client.client_id
    return verdicts


def _letters(outage: Outage) -> list[DeadLetter]:
    return [DeadLetter(f"m{n}", f"r{n}", message.body, _NOW, _NOW) for n, message in enumerate(outage.messages)]


def _client(document: dict[str, Any]) -> Client:
    billing = Billing(**document["billing"])
    tracking_id = document.get("tracking_id") or None
    return Client(document["_id"], document["name"], document["country"], billing, tracking_id, document=document)
