"""The truth against the rules: the core's own judge must come to it, in whatever order messages arrive."""

from __future__ import annotations

from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest

from reclaim.local.outage import Outage
from reclaim.model.batched import batched
from reclaim.model.message import Message
from reclaim.model.outcome import Cause, Outcome
from reclaim.model.record import Billing, Record
from reclaim.recovery.decisions import Judge, Known, read_cases

_NOW = datetime(2026, 11, 21, tzinfo=UTC)
_RUN = "run_1"


@pytest.mark.parametrize("batch_size", [1, 50, 3000])
@pytest.mark.parametrize("order", range(3))
def test_a_complete_recovery_comes_to_the_truth_in_any_order(outage: Outage, batch_size: int, order: int) -> None:
    messages = _messages(outage)
    Random(order).shuffle(messages)  # noqa: S311  (repeatable, not secret)

    verdicts = _recover(outage, messages, batch_size)

    truth = {f"m{n}": (message.outcome, message.cause) for n, message in enumerate(outage.messages)}
    assert verdicts == truth


def _recover(outage: Outage, messages: list[Message], size: int) -> dict[str, tuple[Outcome, Cause]]:
    clients = {client["_id"]: _client(client) for client in outage.clients}
    owners = {client.tracking_id: client_id for client_id, client in clients.items() if client.tracking_id}
    verdicts: dict[str, tuple[Outcome, Cause]] = {}
    judge = Judge(b"k" * 32, _RUN, _NOW)
    for part in batched(messages, size):
        cases = read_cases(part)
        for decision in judge.decide(cases, Known(clients, owners, [_RUN])):
            verdicts[decision.message_id] = (decision.outcome, decision.cause)
            verdicts |= {loser.message_id: (loser.outcome, loser.cause) for loser in decision.superseded}
            if decision.write:
                client = decision.write.client
                clients[client.client_id] = client
                owners[client.tracking_id or ""] = client.client_id
    return verdicts


def _messages(outage: Outage) -> list[Message]:
    return [Message(f"m{n}", f"r{n}", message.body, _NOW, _NOW) for n, message in enumerate(outage.messages)]


def _client(document: dict[str, Any]) -> Record:
    billing = Billing(**document["billing"])
    tracking_id = document.get("tracking_id") or None
    return Record(document["_id"], document["name"], document["country"], billing, tracking_id, document=document)
